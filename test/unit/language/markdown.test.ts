import { describe, expect, test } from 'vitest';
import { codeHtml, markdownHtml } from '#language/markdown';

describe('Markdown', () => {
  test('becomes HTML, with links that tell nobody where they were followed', () => {
    expect(markdownHtml('**Done**: see [it](https://x.test/a?b=1&c)')).toBe(
      '<p><strong>Done</strong>: see <a href="https://x.test/a?b=1&amp;c" rel="noopener noreferrer nofollow">it</a></p>\n',
    );
    expect(markdownHtml('')).toBe('');
  });

  test('carries nothing of its author that runs, or loads', () => {
    const hostile = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '[a](javascript:alert(1))',
      '[a](JaVaScRiPt:alert(1))',
      '[a](&#106;avascript:alert(1))',
      '[a](data:text/html;base64,PHNjcmlwdD4=)',
      '[a](vbscript:x)',
      '![a](https://tracker.test/pixel.png)',
      '[a](https://x.test "\\" onmouseover=\\"alert(1)")',
      '<javascript:alert(1)>',
      '`<b>`',
      '    <script>',
      '```html\n<script>\n```',
      '| <b> |\n| --- |\n| <script> |',
    ].map(markdownHtml);
    for (const html of hostile) {
      expect(html).not.toMatch(/<(script|img|b|iframe)\b/i);
      expect(html).not.toMatch(/href="(?!https?:)/i);
      expect(html).not.toMatch(/<[^>]*\son[a-z]+="/i);
    }
  });

  test('a long text is rendered, and one of 64 kB that is nothing but signs is shown as it stands', () => {
    expect(markdownHtml('A *word* of many. '.repeat(1_900))).toMatch(/^<p>A <em>word/);
    for (const part of ['[', '*a_', '> ', '![](', '`a', '[a](', 'a@b.c ', 'http://a.'])
      expect(markdownHtml(part.repeat(65_536 / part.length)).length).toBeGreaterThan(0);
  });
});

test('a text that is shown as it stands is no HTML', () => {
  expect(codeHtml(`a1: set x = '<b>&"'\n`)).toBe(`<pre><code>a1: set x = '&lt;b&gt;&amp;&quot;'\n</code></pre>`);
  expect(codeHtml('')).toBe('');
});
