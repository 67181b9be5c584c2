// Owns: where a product's results go. Does not own: the product (PanelProduct).

/// Where a product's results go: columns of a tensor, from one on.
@safe struct ProductOutput {
  let base: UnsafeMutablePointer<Float>
  let stride: Int

  /// The columns of `output` from `column` on; the caller keeps it alive.
  init(_ output: Tensor, from column: Int = 0) {
    unsafe base = output.base + column
    stride = output.columns
  }
}
