#!/usr/bin/env python3
"""Writes the reference renderings that ChaskiJinja's tests compare with.

Needs the Python package jinja2 3.1.6. Run it from the package's root:

    python3 scripts/make-jinja-fixtures.py

The templates stand below, one a line or one a block; the renderings go to
Tests/ChaskiJinjaTests/Fixtures/reference.json. The environment is the one in which transformers
renders chat templates.
"""

import copy
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

NOW = datetime.datetime(2026, 11, 21, 9, 5, 7)


class Generation(jinja2.ext.Extension):
    """`{% generation %}` renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        call = self.call_method("_render")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


# One template a line; `\\n` in a line is a newline of the template.
LINES = r"""
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ -7.5 // 2 }} {{ -7.5 % 2 }} {{ 7.5 % -2 }}
{{ 1 / 2 }} {{ 4 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 0.5 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ (-8) ** 3 }}
{{ 1 + 2.0 }} {{ 1 - 0.9 }} {{ 3 * 1.5 }} {{ true + 1 }} {{ true + true }} {{ -true }} {{ +false }} {{ true / 2 }}
{{ 0.1 + 0.2 }} {{ 1e16 }} {{ 1e15 }} {{ 123456789012345678.0 }} {{ 1e-4 }} {{ 1e-5 }} {{ 9007199254740993.0 }} {{ 9.5e15 }}
{{ 1.0 }} {{ 100.0 }} {{ 1e22 }} {{ 1e100 }} {{ 1.5e300 * 1e10 }} {{ 5e-324 }} {{ 1.7976931348623157e308 }} {{ 0.0 }} {{ -0.0 }}
{{ 1e308 * 10 }} {{ -1e308 * 10 }} {{ (1e308 * 10) - (1e308 * 10) }}
{{ 0b101 }} {{ 0o17 }} {{ 0xFf }} {{ 1_000_000 }} {{ 1_0.5_0 }} {{ 00 }} {{ 1E3 }} {{ 1e+3 }}
{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.0 / 0 }}
{{ 1.0 % 0 }}
{{ 0 ** -1 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ 'a' * 2.0 }}
{{ [1] + (2,) }}
{{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 'ab' * -1 }}| {{ [1, 2] * 2 }} {{ (1,) * 3 }} {{ true * 'x' }}
{{ 'a' 'b' "c" }} {{ 'a' ~ 1 ~ 2.5 ~ true ~ none ~ [1] ~ missing }}
{{ 1 + 2 ~ 3 }}
{{ 1 ~ 2 + 3 }}
{{ 1 ~ 2 * 3 }} {{ 2 * 3 ~ 1 }} {{ -1 ~ -2 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 == true }} {{ 3 > 2 > 1 }} {{ 1 < 2 in [2] }} {{ 'a' != 'b' != 'a' }}
{{ 1 == '1' }} {{ [1, 2] == [1, 2.0] }} {{ (1, 2) == [1, 2] }} {{ {'a': 1} == {'a': true} }} {{ none == false }} {{ missing == missing2 }} {{ missing == none }}
{{ [1, 2] < [1, 3] }} {{ [1] < [1, 0] }} {{ (2,) > (1, 5) }} {{ 'Z' < 'a' }} {{ 'é' > 'z' }} {{ 'a' < 'aa' }}
{{ 9007199254740993 == 9007199254740992.0 }} {{ 9007199254740993 > 9007199254740992.0 }} {{ 1 < 1.5 }} {{ -1 > -1.5 }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ [1] < ['a'] }}
{{ missing < 1 }}
{{ {'a': 1} < {'b': 2} }}
{{ 'a' in 'cab' }} {{ '' in 'x' }} {{ 'x' not in 'abc' }} {{ 2 in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 3 in range(0, 10, 3) }} {{ 4 in range(0, 10, 3) }} {{ 9 in range(9, 0, -3) }}
{{ 1 in 'abc' }}
{{ 1 in none }}
{{ 1 in 5 }}
{{ 1 in missing }} {{ 'a' in missing }}
{{ missing in 'abc' }}
{{ missing in [1] }}
{{ not missing }} {{ not [] }} {{ not not 'x' }} {{ not 1 == 2 }} {{ not 0 and 1 }} {{ not (1 and 0) }}
{{ 1 and 2 }} {{ 0 and 2 }} {{ 0 or '' }}| {{ none or [] or 'x' }} {{ 1 or 2 and 3 }} {{ (1 or 2) and 3 }} {{ false or none }}
{{ 'y' if 1 else 'n' }} {{ 'y' if 0 else 'n' }} {{ 'y' if 0 }}| {{ 'a' if 0 else 'b' if 0 else 'c' }} {{ ('a' if 1 else 'b') ~ 'z' }} {{ 'a' if 1 else 'b' ~ 'z' }}
{{ ('y' if 0) is defined }} {{ ('y' if 0).x }}
{{ 'abc'[0] }}{{ 'abc'[-1] }}{{ 'abc'[1:] }}{{ 'abc'[:-1] }}{{ 'abc'[::-1] }}{{ 'abcdef'[1:5:2] }}{{ 'abcdef'[5:1:-2] }}{{ 'abc'[5:] }}{{ 'abc'[-9:2] }}{{ 'abc'[::-5] }}
{{ [1,2,3,4][1:3] }} {{ [1,2,3,4][::-1] }} {{ (1,2,3)[:2] }} {{ [1,2,3][-2:] }} {{ [1,2,3][:10] }} {{ [][::2] }} {{ [1,2,3][none:2] }} {{ [1,2,3][3:0:-1] }}
{{ 'abc'[::0] }}
{% set x = 'abc' %}{{ x['a':] }}
{% set x = none %}{{ x[1:] }}
{% set x = {'a': 1} %}{{ x[1:] }}
{% set x = range(10) %}{{ x[2:8:2] }} {{ x[::-1] }} {{ x[20:] }} {{ x[1:2] }} {{ range(9, 0, -2)[1:3] }} {{ range(9, 0, -2)[::-1] }}
{{ missing[1:] }}
{{ 'abc'[7] }}| {{ 'abc'[7] is defined }} {{ [1][5] }}| {{ [1]['x'] is defined }} {{ {'a': 1}['b'] }}| {{ [1][true] }} {{ [1, 2][1.0] }}|
{{ none.x }}| {{ none['x'] }}| {{ none.x is defined }} {{ (5).x }}| {{ 'abc'.nope }}|
{{ none.x.y }}
{{ missing.x }}
{{ missing['x'] }}
{{ missing.x.y }}
{{ [1][5].x }}
{{ [1][5] + 1 }}
{{ {'a': 1}.b.c }}
{{ {'a': 1}['b'] + 'x' }}
{{ 'abc'.nope() }}
{{ missing() }}
{{ 'abc'() }}
{{ (5)() }}
{{ missing + 1 }}
{{ 1 + missing }}
{{ 'a' + missing }}
{{ -missing }}
{{ missing ~ 'a' }}|{{ missing|upper }}|{{ missing|length }}|{{ missing|list }}|{{ missing|join }}|{{ missing|string }}|{{ missing|trim }}|{{ missing|first }}|{{ missing|items|list }}
{{ missing|int }}
{{ missing|float }}
{{ missing|abs }}
{{ missing|round }}
{{ missing|tojson }}
{{ missing|dictsort }}
{{ missing|sort }} {{ missing|unique|list }} {{ missing|sum }} {{ missing|max }}| {{ missing|map('upper')|list }} {{ missing|select|list }} {{ missing|reverse|list }} {{ missing|batch(2)|list }}
{% for x in missing %}a{% else %}empty{% endfor %}
{% for x in none %}a{% endfor %}
{% for x in 5 %}a{% endfor %}
{{ {'items': 1}.items is callable }}|{{ {'items': 1}['items'] }}|{{ {'keys': 2}['keys'] }}|{{ {'a': 1}['get']('a') }}
{{ [1].append(2) }}
{{ [1].append }}|{{ [1].append is defined }}|{{ {}.update is defined }}
{{ {'a': 1}.pop('a') }}
{{ {'a': 1}.update({'b': 2}) }}
{{ [3,1].sort() }}
{{ ''.__class__ }}|{{ ''.__class__ is defined }}
{{ ''.__class__.__mro__ }}
{{ ''.__class__() }}
{{ [1, 'a', none, true, 1.5, (1,), (1, 2), (), {}, {'a': [1]}, {1: 2, none: 3, true: 4, 1.5: 5}] }}
{{ "it's" }} {{ ["it's"] }} {{ ['say "hi"'] }} {{ ['it\'s "x"'] }} {{ ['back\\slash'] }} {{ ['new\nline\ttab\rcr'] }}
{{ ['\x00\x1f\x7f\x80\xa0\xad\u200b\u2028\ud7ff\ue000\U0001f600é日本'] }}
{{ '\a\b\f\v\0\101\x41\u0041\U00000041\q\'\"\\'|tojson }} {{ 'a\
b' }}
{{ 'é'|length }} {{ '👍🏽'|length }} {{ 'e\u0301'|length }} {{ 'e\u0301'[0] }} {{ '👨‍👩‍👧'[0] }} {{ '日本語'[::-1] }}
{{ range(5) }} {{ range(1, 5) }} {{ range(5, 0, -2)|list }} {{ range(0) }} {{ range(3)|length }} {{ range(10)[2] }} {{ range(10)[-1] }} {{ range(0, -3, -1)|list }} {{ range(3) == range(0, 3) }}
{{ range(1, 2, 0) }}
{{ range('a') }}
{{ range(1000000) }}
{{ dict(a=1, b=2) }} {{ dict({'a': 1}, b=2) }} {{ dict([('x', 1), ('y', 2)]) }} {{ dict() }}
{{ namespace(a=1) }} {{ namespace({'b': 2}).b }} {{ namespace(a=1).zzz }}|
{{ namespace(a=1).zzz.y }}
{% set x = 1 %}{% set x.y = 2 %}
{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = ns.a + 1 %}{{ ns.a }}{{ ns.b }}{{ ns }}
{% set ns = namespace(n=0) %}{% for i in range(3) %}{% for j in range(2) %}{% set ns.n = ns.n + i * j %}{% endfor %}{% endfor %}{{ ns.n }}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.next() }}
{% set j = joiner('|') %}{% for x in 'abc' %}{{ j() }}{{ x }}{% endfor %}
{% set j = joiner() %}{{ j() }}a{{ j() }}b
{{ strftime_now('%a %A %b %B %d %e %H %I %j %m %M %p %S %y %Y %% %-d %-m %U %W %w %u %V %G %F %T %D %R %c %x %X %h %n%t') }}
{{ raise_exception('no: ' ~ 5) }}
{{ raise_exception(none) }}
{% set x %}a{{ 1 }}b{% endset %}[{{ x }}] {% set y | upper | replace('A', 'z') %}abc{% endset %}[{{ y }}]
{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set (c, d) = [3, 4] %}{{ c }}{{ d }} {% set e = 5, %}{{ e }} {% set f = 1, 2 %}{{ f }}
{% set a, b = [1] %}
{% set a, b = [1, 2, 3] %}
{% set a, b = 5 %}
{% for a, b in [(1, 2), [3, 4], 'xy'] %}{{ a }}-{{ b }};{% endfor %}{% for (a, (b, c)) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}{% for k, v in {'x': 1}.items() %}{{ k }}{{ v }}{% endfor %}{% for c in 'añb' %}[{{ c }}]{% endfor %}
{% for x in [1, 2, 3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}
{% for x in [1, 1, 2, 2, 1] %}{% if loop.changed(x) %}{{ x }}{% endif %}{{ loop.cycle('o', 'e') }}{% endfor %}
{% for x in [1, 2] %}{{ loop }}{% for y in [1] %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}
{% for x in range(6) if x % 2 == 0 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% else %}none{% endfor %}{% for x in [1] if x > 5 %}a{% else %}none{% endfor %}
{% for x in [{'v': 1, 'c': [{'v': 2, 'c': [{'v': 3, 'c': []}]}]}, {'v': 4, 'c': []}] recursive %}{{ x.v }}@{{ loop.depth }}[{{ loop(x.c) }}]{% endfor %}
{% for x in [1] %}{{ loop([1]) }}{% endfor %}
{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% else %}else{% endfor %}
{% for x in range(3) %}{% for y in range(3) %}{% if y == 1 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}
{% break %}
{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = i + 5 %}{{ x }}{% endfor %}{{ x }}
{% if true %}{% set x = 1 %}{% endif %}{{ x }}{% if false %}{% set y = 1 %}{% endif %}{{ y }}|
{% for i in [1, 2, 3] %}{% if loop.first %}{% set q = 'set' %}{% endif %}{{ q }}|{% endfor %}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% set c = 3 %}{{ c }}{% endwith %}{{ a }}{{ c }}| {% set z = 1 %}{% with z = 2, w = z %}{{ z }}{{ w }}{% endwith %}{{ z }}
{% macro m(a, b='z', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m('x') }}{{ m(1, b=2) }}{{ m(a=1, c=3) }}{{ m() }}{{ m.name }}{{ m.arguments }}{{ m }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}{{ m() }}{{ m.catch_varargs }}{{ m.catch_kwargs }}{{ m.caller }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}
{% macro m(x) %}<{{ caller() }}|{{ x }}>{% endmacro %}{% call m(1) %}body{% endcall %}{% call m(x=2) %}b2{{ 3 }}{% endcall %}
{% macro m() %}{% for i in range(2) %}{{ caller(i, k='v') }}{% endfor %}{% endmacro %}{% call(i, k) m() %}{{ i }}{{ k }};{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}
{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}
{% macro m() %}{{ later }}{% endmacro %}{% set later = 'L' %}{{ m() }}
{% for i in [1, 2] %}{% macro m() %}{{ i }}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}
{% macro outer() %}{% macro inner(x) %}i{{ x }}{% endmacro %}{{ inner(1) }}{{ inner(2) }}{% endmacro %}{{ outer() }}{{ inner }}|
{% macro m(a, a2=[1, 2], a3={'k': 1}) %}{{ a2 }}{{ a3.k }}{% endmacro %}{{ m() }}{{ m(*[1, 2]) }}{{ m(**{'a3': {'k': 9}}) }}
{% filter upper %}ab{{ 'c' }}{% endfilter %}{% filter replace('a', 'b')|title %}a na{% endfilter %}
{% raw %}{{ x }}{% if %}{# no #}{% endraw %}|{%- raw -%}  {{ y }}  {%- endraw -%}  z
a{# comment {{ x }} {% if %} #}b{#- c -#} c
{% generation %}g{{ 1 }}{% endgeneration %}{% set x = 1 %}{% generation %}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}
{% block b %}in {{ 1 }}{% endblock %}{% block c scoped %}d{% endblock c %}
{% autoescape false %}{{ '<' }}{% endautoescape %}
{% print 1, 'a' %}
{% if 1 %}a{% elif 1 %}b{% else %}c{% endif %}{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}{% if 0 %}a{% elif 0 %}b{% else %}c{% endif %}{% if 0 %}x{% endif %}
{{ '  x '|trim }}|{{ 'xxaxx'|trim('x') }}|{{ '\u00a0\u3000x\x1c'|trim }}|{{ 5|trim }}|{{ none|trim }}
{{ 'ab cd-ef (gh) [ij] {kl} <mn> o\'p'|title }} {{ "they're bill's"|title }} {{ 'ab cd-ef o\'p 3rd ßx'.title() }} {{ 'ABC dEF'|capitalize }} {{ 'ßa'|capitalize }} {{ 'ßa'|upper }} {{ 'İI'|lower|length }}
{{ 'ΑΣ ΑΣΑ Σ'|lower }} {{ 'ǆx'|capitalize }} {{ 'ŉ'|upper|length }} {{ 'aBcÉ'.swapcase() }} {{ 'Straße'.casefold() }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b c '.split() }} {{ 'a b c d'.split(' ', 2) }} {{ ' a b  c '.split(none, 1) }} {{ 'abc'.split('x') }} {{ ''.split() }} {{ ''.split(',') }} {{ 'aXXbXXc'.split('XX') }} {{ 'a b c'.split(maxsplit=1) }}
{{ 'a,b,,c'.rsplit(',', 1) }} {{ ' a  b c '.rsplit() }} {{ 'a b c d'.rsplit(' ', 2) }} {{ ' a b  c '.rsplit(none, 1) }} {{ 'aaa'.rsplit('aa', 1) }} {{ 'aaa'.split('aa', 1) }}
{{ 'a'.split('') }}
{{ 'a\nb\r\nc\rd\x0be\u2028f\n'.splitlines() }} {{ 'a\nb\n'.splitlines(true) }} {{ ''.splitlines() }} {{ '\n'.splitlines() }} {{ 'a\n\nb'.splitlines() }}
{{ ' a '.strip() }}|{{ 'xyaxy'.strip('yx') }}|{{ 'xya'.lstrip('x') }}|{{ 'axy'.rstrip('yx') }}|{{ '\n\n a'.lstrip('\n') }}|{{ ' a '.strip(none) }}|{{ 'a'.strip('') }}
{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'ab')) }} {{ 'abc'.endswith('bc') }} {{ 'abc'.endswith(('x',)) }} {{ 'abc'.startswith('b', 1) }} {{ 'abc'.endswith('b', 0, 2) }} {{ 'abc'.startswith('') }}
{{ 'abc'.startswith(1) }}
{{ 'aXbXc'.replace('X', '-') }} {{ 'aXbXc'.replace('X', '-', 1) }} {{ 'abc'.replace('', '-') }} {{ 'abc'.replace('', '-', 2) }} {{ 'aaa'.replace('aa', 'b') }} {{ 'abc'|replace('b', 5) }} {{ 123|replace(2, 'x') }} {{ 'aaa'|replace('a', 'b', 2) }} {{ ''.replace('', 'x') }}
{{ 'abcabc'.find('c') }} {{ 'abcabc'.rfind('c') }} {{ 'abc'.find('z') }} {{ 'abcabc'.index('b') }} {{ 'abcabc'.rindex('b') }} {{ 'abcabc'.find('b', 2) }} {{ 'abcabc'.find('c', 0, 2) }} {{ 'abcabc'.count('bc') }} {{ 'aaaa'.count('aa') }} {{ 'abc'.count('') }} {{ 'abc'.find('') }} {{ 'abc'.rfind('') }} {{ 'abcabc'.count('a', 1) }}
{{ 'abc'.index('z') }}
{{ '-'.join(['a', 'b']) }} {{ ''.join('abc') }} {{ '-'.join({'x': 1, 'y': 2}) }} {{ ','.join([]) }}|
{{ '-'.join([1]) }}
{{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'abc'.partition('-') }} {{ 'abc'.rpartition('-') }}
{{ 'x'.center(5, '*') }} {{ 'xy'.center(5, '*') }} {{ 'x'.center(4, '*') }} {{ 'x'.ljust(3) }}| {{ 'x'.rjust(3, '.') }} {{ '42'.zfill(5) }} {{ '-42'.zfill(5) }} {{ 'abc'.zfill(2) }} {{ 'abc'|center(10) }}|
{{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.txt'.removesuffix('.txt') }} {{ 'abc'.removeprefix('z') }} {{ 'a\tbc\td'.expandtabs(4) }} {{ 'a\tb'.expandtabs() }}
{{ 'abc'.isalpha() }} {{ 'ab1'.isalnum() }} {{ '12'.isdigit() }} {{ '²'.isdigit() }} {{ '²'.isdecimal() }} {{ '½'.isnumeric() }} {{ ' \n'.isspace() }} {{ ''.isspace() }} {{ 'ab'.islower() }} {{ 'AB'.isupper() }} {{ 'Ab Cd'.istitle() }} {{ 'ab'.isascii() }} {{ 'é'.isascii() }} {{ 'a_1'.isidentifier() }} {{ '1a'.isidentifier() }} {{ 'a\n'.isprintable() }} {{ '1'.islower() }}
{{ 'a{}b{}'.format(1, 'x') }} {{ '{0}{1}{0}'.format('a', 'b') }} {{ '{x}-{y}'.format(x=1, y=none) }} {{ '{{}}'.format() }} {{ '{:>5}|{:<5}|{:^5}'.format('a', 'b', 'c') }} {{ '{:05d} {:+d} {:,} {:x} {:#x} {:b} {:o}'.format(42, 42, 1234567, 255, 255, 5, 8) }}
{{ '{:.2f} {:8.3f} {:e} {:g} {:.0f} {:%} {:.1%} {:,.2f}'.format(3.14159, 2.71828, 12345.678, 0.0001, 2.5, 0.25, 0.123, 1234567.891) }} {{ '{!r} {!s}'.format('a', 'b') }} {{ '{0.x}|{0[x]}'.format({'x': 5}) }} {{ '{a[0]}'.format(a=[7]) }} {{ '{:*^7}'.format('ab') }} {{ '{:{}}|'.format('a', 4) }} {{ '{:.2}'.format('abc') }}
{{ '{}'.format() }}
{{ '{x}'.format() }}
{{ '{'.format() }}
{{ '{:d}'.format('a') }}
{{ '{:>5}'.format(none) }}
{{ '%s %d %5d|%-5d|%05d %x %X %o %c %c' % ('a', 3, 42, 42, 42, 255, 255, 8, 'z', 65) }} {{ '%.2f %8.3f %e %g %.3g %G' % (3.14159, 2.71828, 12345.678, 0.00001, 1234.5, 1e-10) }} {{ '%r %%' % ('a',) }} {{ '%(x)s-%(y)d' % {'x': 1, 'y': 2} }} {{ '%5s|%-5s|%.2s' % ('a', 'b', 'cde') }} {{ '%*d' % (5, 42) }} {{ '%+d % d' % (5, 5) }} {{ '%#x %#o' % (255, 8) }} {{ '%s' % none }} {{ '%s' % [1] }} {{ '%d' % 3.9 }} {{ '%i' % true }}
{{ '%s %s' % 'a' }}
{{ '%s' % ('a', 'b') }}
{{ '%d' % 'a' }}
{{ 'plain' % 5 }}
{{ '%s and %s'|format('a', 1) }} {{ '%(a)s'|format(a=5) }} {{ '%.3f'|format(1) }} {{ 'x'|format }}
{{ 2.5|round }} {{ 3.5|round }} {{ -2.5|round }} {{ 2.675|round(2) }} {{ 1234.5678|round(-2) }} {{ 1250|round(-2) }} {{ 1350|round(-2) }} {{ 3|round }} {{ 3|round(1) }} {{ 2.1|round(0, 'ceil') }} {{ 2.9|round(method='floor') }} {{ 2.123|round(2, 'ceil') }} {{ 2.5|round|int }} {{ -1250|round(-2) }} {{ 0.5|round }} {{ 1.005|round(2) }} {{ true|round }}
{{ 'x'|round }}
{{ 2|round(0, 'x') }}
{{ '42'|int }} {{ ' -7 '|int }} {{ '4.9'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '0x1f'|int(0, 16) }} {{ 'ff'|int(base=16) }} {{ '101'|int(0, 2) }} {{ 3.9|int }} {{ -3.9|int }} {{ true|int }} {{ none|int }} {{ [1]|int(9) }} {{ '1_000'|int }} {{ '٣'|int }} {{ ''|int }} {{ '1e3'|int }} {{ 'inf'|int(2) }}
{{ '1.5'|float }} {{ '1e3'|float }} {{ 'x'|float }} {{ 'x'|float(2.5) }} {{ 3|float }} {{ ' 2.5 '|float }} {{ 'inf'|float }} {{ '-Infinity'|float }} {{ 'nan'|float }} {{ '.5'|float }} {{ '5.'|float }} {{ none|float }} {{ '1_0.5'|float }} {{ '0x10'|float }} {{ true|float }}
{{ -5|abs }} {{ -5.5|abs }} {{ 5|abs }} {{ true|abs }}
{{ 'x'|abs }}
{{ [1, 2, 3]|sum }} {{ [1.5, 2]|sum }} {{ []|sum }} {{ [1, 2]|sum(start=10) }} {{ [{'a': 1}, {'a': 2}]|sum('a') }} {{ [{'a': {'b': 1}}]|sum(attribute='a.b') }} {{ [[1], [2]]|sum(start=[]) }}
{{ ['a']|sum }}
{{ [3, 1, 2]|min }} {{ [3, 1, 2]|max }} {{ ['b', 'A', 'c']|min }} {{ ['b', 'A', 'c']|max(case_sensitive=true) }} {{ [{'a': 2}, {'a': 1}]|min(attribute='a') }} {{ []|max }}| {{ 'hello'|max }}
{{ [3, 1, 2]|sort }} {{ [3, 1, 2]|sort(reverse=true) }} {{ ['b', 'A', 'c', 'a']|sort }} {{ ['b', 'A', 'c', 'a']|sort(case_sensitive=true) }} {{ [{'n': 2, 'm': 1}, {'n': 1, 'm': 2}, {'n': 1, 'm': 1}]|sort(attribute='n') }} {{ [{'n': 2, 'm': 1}, {'n': 1, 'm': 2}, {'n': 1, 'm': 1}]|sort(attribute='n,m') }} {{ 'cab'|sort }} {{ {'b': 1, 'a': 2}|sort }} {{ [(1, 'b'), (1, 'a')]|sort(attribute=1) }}
{{ [1, 'a']|sort }}
{{ {'b': 1, 'A': 2, 'c': 0}|dictsort }} {{ {'b': 1, 'A': 2}|dictsort(true) }} {{ {'b': 1, 'A': 2}|dictsort(by='value') }} {{ {'b': 1, 'a': 2}|dictsort(reverse=true) }} {{ {'b': 1}|dictsort(false, 'value') }}
{{ {'a': 1}|dictsort(by='x') }}
{{ ['a', 'B', 'A', 'b']|unique|list }} {{ ['a', 'A']|unique(case_sensitive=true)|list }} {{ [1, 1.0, true, 2]|unique|list }} {{ [{'k': 1, 'v': 1}, {'k': 1, 'v': 2}]|unique(attribute='k')|list }}
{{ [[1], [1]]|unique|list }}
{{ [{'c': 'x', 'v': 1}, {'c': 'y', 'v': 2}, {'c': 'X', 'v': 3}]|groupby('c') }} {% for g in [{'c': 'x', 'v': 1}, {'c': 'y', 'v': 2}, {'c': 'x', 'v': 3}]|groupby('c') %}{{ g.grouper }}:{{ g.list|map(attribute='v')|join(',') }};{% endfor %}{% for k, v in [{'c': 1}, {}]|groupby('c', default=0) %}{{ k }}{{ v }}{% endfor %}
{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3]|batch(2, 'x')|list }} {{ [1, 2, 3, 4, 5, 6, 7]|slice(3)|list }} {{ [1, 2, 3, 4]|slice(3, 'f')|list }} {{ []|batch(2)|list }} {{ []|slice(2)|list }}
{{ [1, 2]|first }} {{ [1, 2]|last }} {{ 'abc'|first }} {{ 'abc'|last }} {{ []|first }}| {{ ''|last }}| {{ {'a': 1}|first }} {{ {'a': 1, 'b': 2}|last }} {{ range(3)|last }}
{{ [1, 2]|map('string')|last }}
{{ [1, 2]|map('string')|length }}
{{ [1, 2]|select|first }} {{ [0, 1, '', 'a', none]|select|list }} {{ [0, 1, 2, 3]|select('odd')|list }} {{ [1, 2, 3]|reject('odd')|list }} {{ [1, 2, 3]|select('gt', 1)|list }} {{ [1, 2, 3]|select('in', [1, 3])|list }} {{ [1, 2, 3]|select('divisibleby', 3)|list }} {{ ['a', 1]|select('string')|list }} {{ [1, 2]|reject('==', 1)|list }}
{{ [{'a': 1}, {'a': 0}, {}]|selectattr('a')|list }} {{ [{'a': 1}, {}]|selectattr('a', 'defined')|list }} {{ [{'a': 1}, {'a': 2}]|selectattr('a', 'equalto', 2)|list }} {{ [{'a': 1}, {'a': 2}]|rejectattr('a', '==', 2)|list }} {{ [{'a': {'b': 1}}]|selectattr('a.b', 'eq', 1)|list }} {{ [{'a': 1}]|rejectattr('a')|list }} {{ [[1, 2], [3, 4]]|map(attribute=1)|list }} {{ [[1, 2], [3, 4]]|map(attribute='0')|list }}
{{ [1]|select('nope')|list }}
{{ [1]|selectattr|list }}
{{ ['a', 'b']|map('upper')|list }} {{ [1, 2]|map('string')|join }} {{ [{'a': 1}, {}]|map(attribute='a', default='d')|list }} {{ [{'a': 1}, {}]|map(attribute='a')|list }} {{ ['a,b']|map('replace', ',', ';')|list }} {{ [[1, 2], [3]]|map('sum')|list }} {{ ['1', 'x']|map('int', 7)|list }} {{ [[3, 1]]|map('sort', reverse=true)|list }} {{ []|map('nope')|list }}
{{ [1]|map('nope')|list }}
{{ [1]|map|list }}
{{ [1, 2, 3]|join(', ') }} {{ ['a', none, 1.5, true]|join('-') }} {{ [{'a': 1}, {'a': 2}]|join(',', attribute='a') }} {{ 'abc'|join('.') }} {{ {'a': 1, 'b': 2}|join }} {{ [1, 2]|join(0) }} {{ [missing, 1]|join('-') }}
{{ 5|join }}
{{ 'abc'|reverse }} {{ [1, 2, 3]|reverse|list }} {{ {'a': 1, 'b': 2}|reverse|list }} {{ range(3)|reverse|list }}
{{ 5|reverse }}
{{ 'abc'|list }} {{ {'a': 1}|list }} {{ (1, 2)|list }} {{ {'a': 1}.values()|list }} {{ {'a': 1}.keys()|list }} {{ {'a': 1}.items()|list }} {{ {'a': 1}.items() }} {{ {'a': 1}.keys() }} {{ {'a': 1}.values() }} {{ {'a': 1}.items()|length }}
{{ 5|list }}
{{ 5|length }}
{{ none|length }}
{{ {'a': 1}|items|list }} {{ {'a': 1}|items|first }}
{{ [1]|items|list }}
{{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 5) }} {{ {1: 'x'}[1.0] }} {{ {1: 'x'}[true] }} {{ {'a': 1, 'a': 2} }} {{ {(1, 2): 3}[(1, 2)] }} {{ {'a': 1}.copy() }}
{{ {[1]: 2} }}
{{ {'a': 1}.get() }}
{{ [1, 2, 1].count(1) }} {{ [1, 2].index(2) }} {{ (1, 2).index(2) }} {{ (1, 1).count(1) }} {{ [1, 2, 1].index(1, 1) }} {{ [1].copy() }}
{{ [1].index(5) }}
{{ missing|default('d') }} {{ ''|default('d') }}| {{ ''|default('d', true) }} {{ none|default('d') }} {{ none|d('d', boolean=true) }} {{ missing|default }}| {{ {'a': 1}.b|default('x') }} {{ 0|default(5, true) }}
{{ missing.x|default('d') }}
{{ 'a <b> "c" & \'d\''|e }} {{ '<'|escape }} {{ '<'|safe }} {{ 5|e }} {{ none|string }} {{ 5|string + 'x' }} {{ '<x>'|forceescape }}
{{ 'a\nb\n\nc'|indent }} | {{ 'a\nb'|indent(2, true) }} | {{ 'a\n\nb'|indent(2, blank=true) }} | {{ 'a\nb'|indent('>> ') }} | {{ 'a\nb\n'|indent(1) }}|
{{ 5|indent }}
{{ 'hello world foo bar'|truncate(11) }} {{ 'hello world foo bar'|truncate(11, true) }} {{ 'hello world'|truncate(8, leeway=0) }} {{ 'hello world'|truncate(8, false, '!', 0) }} {{ 'short'|truncate }} {{ 'helloworldfoobar'|truncate(8) }}
{{ 'a'|truncate(1) }}
{{ 'Hello, wörld! foo_bar 1.5'|wordcount }} {{ ''|wordcount }}
{{ 'a b/c?d=é&f'|urlencode }} {{ {'a b': 'c/d', 'e': 1}|urlencode }} {{ [('x', 'y z')]|urlencode }} {{ 5|urlencode }} {{ 'a~b.c-d_e'|urlencode }}
{{ {'class': 'a<b', 'n': none, 'x': missing, 'id': 5}|xmlattr }}|{{ {}|xmlattr }}|{{ {'a': 1}|xmlattr(false) }}
{{ {'a b': 1}|xmlattr }}
{{ 1|filesizeformat }} {{ 0|filesizeformat }} {{ 999|filesizeformat }} {{ 1000|filesizeformat }} {{ 1500000|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ 1e30|filesizeformat }} {{ '2048'|filesizeformat }}
{{ {'a': 5}|attr('items') is defined }} {{ {'a': 5}|attr('a') is defined }} {{ 'x'|attr('upper')() }}
{{ {'b': 1, 'a': [true, none, 1.5, 'ü<>&\'"/\\\n\t\x00\x7f\u2028😀']}|tojson }}
{{ {'b': 1, 'a': [true, none, 1.5, 'ü<>\'"\n\x01\x7f\u2028😀']}|tojson(ensure_ascii=true) }} {{ {'b': 1, 'a': {'d': 1, 'c': 2}}|tojson(sort_keys=true) }} {{ [1, [2, {'a': []}], {}, ()]|tojson(indent=2) }} {{ {'a': [1]}|tojson(indent='\t') }} {{ [1, {'a': 2}]|tojson(separators=(',', ':')) }} {{ [1, {'a': 2}]|tojson(indent=0) }} {{ [1,{'a':2}]|tojson(indent=1, separators=[';', '=']) }}
{{ {1: 1, none: 2, 1.5: 4, 'x': 5}|tojson }} {{ {true: 1, false: 0}|tojson }} {{ (1, 2)|tojson }} {{ 1e16|tojson }} {{ (1e308 * 10)|tojson }} {{ 'a'|tojson }} {{ none|tojson }} {{ 3.0|tojson }} {{ ''|tojson }}
{{ range(3)|tojson }}
{{ [missing]|tojson }}
{{ {(1, 2): 3}|tojson }}
{{ [1]|map('string')|tojson }}
{{ {'a': 1, 2: 3}|tojson(sort_keys=true) }}
{{ 1 is odd }} {{ 2 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ missing is defined }} {{ missing is undefined }} {{ missing is not defined }} {{ none is none }} {{ 1 is none }} {{ true is boolean }} {{ 1 is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ 1 is integer }} {{ true is integer }} {{ 1.0 is float }} {{ 1 is number }} {{ true is number }} {{ 'x' is number }}
{{ 'ab' is lower }} {{ 'AB' is upper }} {{ 'x' is string }} {{ {} is mapping }} {{ [] is mapping }} {{ [] is sequence }} {{ 'x' is sequence }} {{ {} is sequence }} {{ 5 is sequence }} {{ range(3) is sequence }} {{ [] is iterable }} {{ 5 is iterable }} {{ {}.items() is sequence }} {{ {}.items() is iterable }} {{ [1]|map('string') is iterable }} {{ [1]|map('string') is sequence }} {{ range is callable }} {{ 'x'.upper is callable }} {{ 5 is callable }} {{ none is iterable }} {{ none is sequence }}
{{ none is sameas none }} {{ 1 is sameas true }} {{ true is sameas true }} {{ 'x' is escaped }} {{ 1 is in [1, 2] }} {{ 3 is in [1, 2] }} {{ 1 is not in [1] }} {{ 1 is eq 1 }} {{ 1 is equalto(1.0) }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 2 is ge 2 }} {{ 'upper' is filter }} {{ 'nope' is filter }} {{ 'odd' is test }} {{ 3 is gt 2 and 1 is lt 2 }} {{ 5 is greaterthan 3 }} {{ 5 is lessthan 3 }}
{{ 'a' is odd }}
{{ missing is odd }}
{{ 1.5 is odd }} {{ 3.0 is odd }}
{{ x is nope }}
{{ x|nope }}
{% if false %}{{ x|nope }}{% endif %}ok
{% if true %}{{ x|nope }}{% endif %}
{{ (x|nope) if false else 'ok' }} {{ x|nope if false else 'ok' }}
{{ 'x' is defined is not string }}
{{ -1|abs }} {{ (-1)|abs }} {{ -5.5|abs|int }} {{ 1 + -2|abs }} {{ 2 ** 2|abs }} {{ -2 ** 2 }} {{ not x is defined }} {{ 'a' ~ 'b'|upper }} {{ ('a' ~ 'b')|upper }} {{ 'a'.upper()|lower ~ 'Z' }} {{ [1, 2][0]|string ~ 'x' }} {{ {'a': 1}['a'] is odd }}
{{ 1 if true }} {{ [1, 2,] }} {{ (1,) }} {{ {'a': 1,} }} {{ () }} {{ [] }} {{ {} }} {{ ((1)) }} {{ 1, 2 }} {{ (1, 2), 3 }}
{{ 'a'.upper().lower().title() }} {{ [[1, 2], [3]][0][1] }} {{ {'a': {'b': [5]}}.a.b[0] }} {{ {'a': {'b': [5]}}.a.b.0 }} {{ 'x,y'.split(',')[1] }} {{ ([1] + [2])[1] }}
{{ if }}|{{ for }}|{{ else }}
{{ loop }}|
{{ caller }}|{{ varargs }}|{{ kwargs }}
{{ True }} {{ False }} {{ None }} {{ true and True }} {{ TRUE }}|
{{ messages|length }} {{ messages[0].content }} {{ messages[-1]['role'] }} {{ messages|map(attribute='role')|join(',') }} {{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|first }} {{ (messages|last).content }} {{ messages[1:]|length }} {{ messages }}
{{ bos_token ~ eos_token }} {{ add_generation_prompt }} {{ tools is none }} {{ tools is defined }} {{ tools|default('x', true) }} {{ not tools }} {{ tools|length if tools else 0 }}
{{ tools|length }}
a  {%- if true -%}  b  {%- endif -%}  c
a {%+ if true +%} b {%+ endif %} c
a\n{% if true %}\nb\n{% endif %}\nc\n
a\n  {% if true %}  \n  b\n  {% endif %}  \nc
  {% if true %}x{% endif %}\n  {# c #}\ny\n  {{ 1 }}  \n z
\n\n{%- if true %}\n\n x {%- endif %}\n\n
x {# a #} y\n{# b #}\n  {# c #}  \nz\n{#- d -#}\n e
  {%+ if true %}a{% endif %}\n\t {% set x = 1 %}\n{{ x }}
{{- 'a' -}}  \n  {{- 'b' }}  {{ 'c' -}} \n d
{% raw %}\n  a\n{% endraw %}\nb\n  {% raw -%}\n c {%- endraw %}\n\nd
a\r\nb\rc{% if true %}\r\nd{% endif %}\r\n
a\n\n
{{ 'x' }}\n
{% for x in [1, 2] -%}\n  {{ x }}\n{%- endfor %}|
{% for x in [1, 2] %}\n  {{ x }}\n{% endfor %}|
{{ '}}' }} {{ '{{' }} {{ "{% raw %}" }} {{ {'a': {'b': 1}}['a']['b'] }} {{ {'a': {}} }}
{ { } } {a} {}{ %} #} }} {
{{ 1 }}}
{{ {'a': 1}.a}}
{%if true%}a{%endif%}{{1}}{{'x'}}
{%-if true-%}a{%-endif-%}
{% if true: %}a{% endif %}
{{ 1
{% if true %}
{% endif %}
{% nope %}
{% if %}{% endif %}
{{ }}
{{ 1 + }}
{{ (1 }}
{{ 1) }}
{{ [1 }}
{{ 'a }}
{# unclosed
{% raw %} unclosed
{{ a b }}
{{ a. }}
{{ a..b }}
{{ a | }}
{{ a is }}
{{ $ }}
{{ 'a' 'b }}
{% for x %}{% endfor %}
{% for 1 in x %}{% endfor %}
{% for x in %}{% endfor %}
{% set %}
{% set 1 = 2 %}
{% set true = 2 %}
{% set x + 1 = 2 %}
{% set x.y.z = 1 %}
{% macro %}{% endmacro %}
{% macro m(a=1, b) %}{% endmacro %}
{% macro m(1) %}{% endmacro %}
{% call 5 %}{% endcall %}
{% else %}
{% if a %}{% endfor %}
{% for a in b %}{% endif %}
{% filter %}{% endfilter %}
{% include 'x' %}
{{ f(a=1, 2) }}
{{ f(**a, *b) }}
{{ f(a b) }}
{{ {1} }}
{{ {'a': } }}
{{ 'x'|upper() }} {{ 'x'|upper|lower }} {{ 'a b'|replace(' ', '_')|upper }}
{{ 'x'|upper(1) }}
{{ 'x'|replace }}
{{ 'x'.upper(1) }}
{{ 'x'.strip(1) }}
{{ 'x'.replace('a') }}
{{ [1, 2]|join(attribute='x', d=',') }}
{{ [1, 2]|batch }}
{{ 5 % 3 }} {{ 5.5 % 2 }} {{ '5' % () }}
{{ 1.5 // 0.5 }} {{ -1.5 // 0.4 }} {{ 1e300 // 1e-10 }} {{ 5 // 2.0 }} {{ 0.0 // -3 }} {{ -0.0 % 3 }} {{ 7 % 0.7 }}
{{ 10 ** 18 }} {{ (-3) ** 3 }} {{ 2 ** 62 }} {{ 1 ** 1000000000 }} {{ (-1) ** 999999999 }} {{ 0 ** 0 }} {{ 0.0 ** 0 }} {{ 4 ** 0.5 }} {{ 2.0 ** 3 }} {{ true ** 2 }}
{{ 1e200 ** 2 }}
"""

# Templates of several lines.
BLOCKS = [
    """\
{%- macro render(schema, indent) -%}
  {%- if schema.type == 'object' -%}
    {{- '{\\n' -}}
    {%- for name, sub in schema.properties.items() -%}
      {{- '  ' * (indent + 1) ~ name ~ ': ' -}}
      {{- render(sub, indent + 1) -}}
      {{- ',' if not loop.last -}}
      {{- '\\n' -}}
    {%- endfor -%}
    {{- '  ' * indent ~ '}' -}}
  {%- else -%}
    {{- schema.type -}}
  {%- endif -%}
{%- endmacro -%}
{{ render({'type': 'object', 'properties': {'a': {'type': 'string'}, 'b': {'type': 'object', \
'properties': {'c': {'type': 'integer'}}}}}, 0) }}""",
    """\
{% for message in messages %}
    {% if message['role'] == 'user' %}
        {{ '<|user|>\\n' + message['content'] + eos_token }}
    {% elif message['role'] == 'system' %}
        {{ '<|system|>\\n' + message['content'] + eos_token }}
    {% else %}
        {%- generation -%}
        {{ message['content'] }}
        {%- endgeneration -%}
    {% endif %}
    {% if loop.last and add_generation_prompt %}
        {{ '<|assistant|>' }}
    {% endif %}
{% endfor %}
""",
    """\
{%- set ns = namespace(found=false, text='') -%}
{%- for m in messages[::-1] -%}
  {%- if not ns.found and m.role == 'user' -%}
    {%- set ns.found = true -%}
    {%- set ns.text = m.content -%}
  {%- endif -%}
{%- endfor -%}
{{ ns.text }} {{ ns.found }}
""",
    """\
line one
   {# a comment on its own line #}
   {% set a = 1 %}
line two {% if a %}inline{% endif %}

   {{ a }}
   {%- if a %}

     kept?
   {%- endif +%}

end
""",
]

VARIABLES = {
    "messages": [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "hé"},
        {"role": "assistant", "content": "A"},
    ],
    "bos_token": "<s>",
    "eos_token": "</s>",
    "add_generation_prompt": True,
    "tools": None,
}


def render(source):
    # A copy, because some filters of the reference change lists in place.
    variables = copy.deepcopy(VARIABLES)
    try:
        return {"template": source, "text": environment().from_string(source).render(**variables)}
    except Exception as error:  # every failure is part of the reference
        return {"template": source, "error": type(error).__name__, "message": str(error)}


def main():
    assert jinja2.__version__ == "3.1.6", jinja2.__version__
    lines = [line for line in LINES.replace("\\\nb' }}", "\x00").split("\n") if line]
    sources = []
    for line in lines:
        line = line.replace("\x00", "\\\nb' }}")
        # Outside string literals `\n` and `\r` stand for the characters.
        sources.append(expand(line))
    cases = [render(source) for source in sources + BLOCKS]
    root = pathlib.Path(__file__).resolve().parent.parent
    path = root / "Tests" / "ChaskiJinjaTests" / "Fixtures" / "reference.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"jinja2": jinja2.__version__, "cases": cases}, indent=1, ensure_ascii=True)
    path.write_text(text + "\n")
    print(f"{len(cases)} cases, {sum('error' in c for c in cases)} of them errors")


def expand(line):
    """Makes `\\n`, `\\r` and `\\t` outside of tags the characters they name."""
    result, depth, index = "", 0, 0
    while index < len(line):
        pair = line[index : index + 2]
        if pair in ("{{", "{%"):
            depth += 1
        elif pair in ("}}", "%}"):
            depth -= 1
        if depth <= 0 and pair in ("\\n", "\\r", "\\t"):
            result += {"n": "\n", "r": "\r", "t": "\t"}[pair[1]]
            index += 2
            continue
        result += line[index]
        index += 1
    return result


if __name__ == "__main__":
    main()
