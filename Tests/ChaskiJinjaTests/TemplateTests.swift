// Owns: positions of errors, segments, options, and rendering from several tasks.

import ChaskiJinja
import Testing

@Suite struct TemplateTests {
  @Test(arguments: [
    ("{{ 1 }}\n  {{ missing.x }}", 2, 13), ("a\r\nb{{ 1 + 'x' }}", 2, 7),
    ("{% if true %}\n{{ é }}{% nope %}", 2, 11), ("{{ 'a\nb", 1, 4),
    ("\n\n{{ [1] }", 3, 8), ("{{ 5|nope }}", 1, 6), ("{{\n\n  raise_exception('x') }}", 3, 18),
  ])
  func `an error tells line and column`(source: String, line: Int, column: Int) throws {
    let error = try #require(throws: JinjaError.self) { try Template(source).render() }
    #expect(error.position == SourcePosition(line: line, column: column))
    #expect(error.description.contains("line \(line), column \(column)"))
    #expect(error.description.hasSuffix(error.message))
  }

  @Test func `input keeps its mark through string operations`() throws {
    let source = """
      {{- '<|u|>' + ('  ' ~ x ~ '\\n')|trim + x.upper()[1:] ~ x.split('i')[1] -}}
      {%- set y %}[{{ x|replace('h', 'H') }}]{% endset %}{{ y }}{{ {'k': x}|tojson }}{{ [x] -}}
      {%- macro m(a) %}m{{ '%s' % a }}{% endmacro %}{{ m(x) }}{{ '{}'.format(x) }}{{ x|e }}
      """
    let rendering = try Template(source).render(["x": .input("hid")])
    #expect(rendering.text == "<|u|>hidIDd[Hid]{\"k\": \"hid\"}['hid']mhidhidhid")
    var parts: [String] = []
    var end = 0
    for segment in rendering.segments {
      #expect(segment.utf8Range.lowerBound == end)
      end = segment.utf8Range.upperBound
      parts.append((segment.isInput ? "!" : "") + rendering[segment])
    }
    #expect(end == rendering.text.utf8.count)
    #expect(
      parts == [
        "<|u|>", "!hidIDd", "[H", "!id", "]{\"k\": \"", "!hid", "\"}['", "!hid", "']m",
        "!hidhidhid",
      ]
    )
  }

  @Test func `input compares as any string`() throws {
    let source = "{{ x == 'hid' }}{{ 'i' in x }}{{ {'hid': 1}[x] }}{{ x is string }}{{ x|length }}"
    #expect(try Template(source).render(["x": .input("hid")]).text == "TrueTrue1True3")
  }

  @Test func `keys may be input`() throws {
    let value = JinjaValue.dictionary([
      JinjaValue.Entry(key: "<|k|>", value: .int(1), isInputKey: true)
    ])
    let rendering = try Template("{{ d|tojson }}{{ d['<|k|>'] }}").render(["d": value])
    let input = rendering.segments.filter(\.isInput).map { rendering[$0] }
    #expect(rendering.text == "{\"<|k|>\": 1}1")
    #expect(input == ["<|k|>"])
  }

  @Test func `generation blocks are marked`() throws {
    let source = "a{% generation %}b{{ x }}{% endgeneration %}c"
    let rendering = try Template(source).render(["x": .input("é")])
    let marked = rendering.segments.filter(\.isGeneration).map { rendering[$0] }
    #expect(rendering.text == "abéc")
    #expect(marked == ["b", "é"])
  }

  @Test func `a template without text has no segments`() throws {
    #expect(try Template("{# #}").render().segments.isEmpty)
  }

  @Test func `do is known only if allowed`() throws {
    #expect(throws: JinjaError.self) { try Template("{% do 1 + 1 %}") }
    let options = TemplateOptions(allowsDo: true)
    #expect(try Template("{% do 1 + 1 %}x", options: options).render().text == "x")
  }

  @Test func `white space is kept without the options of chat templates`() throws {
    let options = TemplateOptions(
      trimBlocks: false,
      stripBlocks: false,
      keepTrailingNewline: true
    )
    let source = " {% if true %}\nx\n {% endif %}\n"
    #expect(try Template(source, options: options).render().text == " \nx\n \n")
  }

  @Test func `a dictionary keeps its order and its last value`() throws {
    let value: JinjaValue = ["b": 1, "a": 2, "b": 3]
    #expect(try Template("{{ d }}").render(["d": value]).text == "{'b': 3, 'a': 2}")
  }

  @Test func `values passed in may not nest without end`() {
    var value = JinjaValue.int(1)
    for _ in 0..<200 { value = .list([value]) }
    #expect(throws: JinjaError.self) { try Template("x").render(["v": value]) }
  }

  @Test func `one template renders in many tasks`() async throws {
    let template = try Template("{% for i in range(n) %}{{ i }}{% endfor %}")
    await withTaskGroup(of: Bool.self) { group in
      for count in 0..<20 {
        group.addTask {
          let expected = (0..<count).map(String.init).joined()
          return (try? template.render(["n": .int(count)]).text) == expected
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }

  @Test func `time is asked of the caller`() throws {
    let template = try Template("{{ strftime_now('%Y') }}")
    #expect(throws: JinjaError.self) { try template.render() }
    #expect(try template.render(now: CivilTime(year: 1999, month: 1, day: 1)).text == "1999")
  }
}
