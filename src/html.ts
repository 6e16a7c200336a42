/** HTML that cannot be broken by what stands in it: every value is escaped but what is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | bigint | Html | readonly Part[] | undefined | false

/** `html`<td>${value}</td>``: lists are joined, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => `${text}${partText(values[i - 1])}${string}`))
}

function partText(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(partText).join('')
  return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** The frame of every page: head, header, footer. `live`: the page follows the gateway by `web/status.js`. */
export function page(parts: {
  readonly title: string
  /** Under the name: whose gateway, or which page. */
  readonly heading: string
  readonly live: boolean
  readonly links: readonly PageLink[]
  readonly main: Html
  readonly footer: Html
}): string {
  const { title, heading, live, links, main, footer } = parts
  const text = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/web/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/web/status.css">
${live && html`<script src="/web/status.js" type="module"></script>`}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<img src="/web/icon.svg" alt="" width="40" height="40">
<div><h1>Fountain</h1><p>${heading}</p></div>
${links.length > 0 && html`<nav aria-label="Pages">${links.map((link) => html`<a href="${link.path}">${link.title}</a>`)}</nav>`}
${live && html`<p id="live" class="live" role="status"></p>`}
</header>
<main id="main">
${main}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`
  return text.text
}

export interface PageLink {
  readonly title: string
  /** On this server: '/mail'. */
  readonly path: string
}

/** A part of a page under its own heading; `id` is unique on the page. */
export function section(id: string, title: string, body: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`
}

/** A table whose cells carry their column's name, for narrow screens. `numeric`: columns set flush right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
  numeric: readonly number[] = [],
): Html {
  const kind = (i: number) => (numeric.includes(i) ? 'num' : '')
  return html`<table><thead><tr>${heads.map((head, i) => html`<th scope="col" class="${kind(i)}">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td class="${kind(i)}" data-label="${heads[i] ?? ''}">${cell}</td>`)}</tr>`)}</tbody></table>`
}
