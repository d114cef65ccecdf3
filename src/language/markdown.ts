import MarkdownIt from 'markdown-it';

type Renderer = InstanceType<typeof MarkdownIt>;

let renderer: Renderer | undefined;

/** Made once, on the first text. */
function theRenderer(): Renderer {
  if (renderer !== undefined) return renderer;
  // HTML of the author is shown as text, and schemes that run something make no links. An image would tell its server who reads.
  const made = new MarkdownIt({ html: false, linkify: true }).disable('image');
  const open = made.renderer.rules['link_open'] ?? ((tokens, index, options, _env, self) => self.renderToken(tokens, index, options));
  made.renderer.rules['link_open'] = (tokens, index, options, env, self) => {
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow');
    return open(tokens, index, options, env, self);
  };
  renderer = made;
  return made;
}

/** Signs that mean something to Markdown, or begin a link. Some of their sequences cost the square of their number. */
const signs = /[[\]*_`!<&@\\|:~]/g;
const mostSigns = 4_000;

/**
 * Safe HTML of a text in Markdown: no tags, scripts or images of its author's. Empty for an empty text. One of nothing but signs is shown
 * as it stands.
 */
export function markdownHtml(text: string): string {
  if (text === '') return '';
  return (text.match(signs)?.length ?? 0) > mostSigns ? codeHtml(text) : theRenderer().render(text);
}

/** Safe HTML of a text that is shown as it stands, line by line. Empty for an empty text. */
export function codeHtml(text: string): string {
  return text === '' ? '' : `<pre><code>${theRenderer().utils.escapeHtml(text)}</code></pre>`;
}
