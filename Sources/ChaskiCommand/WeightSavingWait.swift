// Owns: what a command does about weights that are still being written when its work is done.

import ChaskiGeneration
import ChaskiTerminal

extension LanguageModel {
  /// Waits until the weights are kept for the next start; Ctrl-C gives that up.
  ///
  /// It happens once for a model. Who is looking is told what the program is waiting for.
  func finishSaving(monitor: InterruptMonitor, isQuiet: Bool = false) async {
    guard let weightSaving, weightSaving.isRunning else { return }
    if !isQuiet, TerminalDevice.capabilities().errorIsTerminal {
      let size = ListCommand.size(Int64(weightSaving.byteCount))
      Console.note("Keeping \(size) of prepared weights for a faster start; Ctrl-C skips it.")
    }
    await monitor.run(cancel: { weightSaving.cancel() }) { await weightSaving.finish() }
  }
}
