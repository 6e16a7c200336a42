/**
 * The HTML alternative of a mail: tables, a few colours that know light and dark, nothing loaded from anywhere. Sizes
 * and distances stand at the elements, for programs that drop the style sheet; colours in it, for those that are dark.
 */
import type { Block, Letter, Line, Link, Notice, Row, ShownPicture, Table } from './letter.ts'

const style = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
body{background:#ffffff;color:#1f2328}
a{color:#0b5cad}
.quiet,th{color:#59636e}
.rule{border-color:#d1d9e0}
.news{background:#eaf3fc;border-color:#0b5cad}
.test{background:#fff6d6;border-color:#9a6700}
.retraction{background:#ffebe9;border-color:#c0281f}
.button{background:#0b5cad;color:#ffffff}
@media (prefers-color-scheme:dark){
body{background:#14181d!important;color:#e4e8ec!important}
a{color:#7ab8f5!important}
.quiet,th{color:#9aa4af!important}
.rule{border-color:#353c45!important}
.news{background:#13273b!important}
.test{background:#332a0d!important}
.retraction{background:#3a1613!important}
.button{background:#7ab8f5!important;color:#0d1117!important}
}
`.replaceAll('\n', '')

const size = { small: 'font-size:13px;line-height:1.4', title: 'font-size:21px;line-height:1.25' }
const digits = 'font-variant-numeric:tabular-nums'
const gap = 'margin:0 0 18px'

export function htmlBody(letter: Letter): string {
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(letter.title)}</title><style>${style}</style></head>`,
    '<body style="margin:0;padding:20px 16px;font:15px/1.5 system-ui,-apple-system,\'Segoe UI\',Roboto,sans-serif">',
    '<div style="max-width:620px;margin:0 auto">',
    ...letter.notices.map(noticeBox),
    ...(letter.topic === undefined ? [] : [`<p class="quiet" style="margin:0">${escapeHtml(letter.topic)}</p>`]),
    `<h1 style="${size.title};margin:0 0 14px;overflow-wrap:anywhere">${escapeHtml(letter.title)}</h1>`,
    ...(letter.blocks ?? []).map(blockOf),
    ...letter.paragraphs.map((text) => `<p style="${gap}">${escapeHtml(text)}</p>`),
    ...letter.tables.slice(0, 1).map(tableOf),
    ...letter.pictures.map(pictureOf),
    ...letter.tables.slice(1).map(tableOf),
    ...(letter.items.length === 0 ? [] : [itemTable(letter.items)]),
    ...(letter.more === undefined ? [] : [`<p style="${gap}"><strong>${escapeHtml(letter.more)}</strong></p>`]),
    ...(letter.button === undefined ? [] : [buttonOf(letter.button)]),
    ...about(letter),
    `<p class="quiet rule" style="${size.small};margin:0;padding-top:12px;border-top-width:1px;border-top-style:solid">`,
    letter.reasons.map(escapeHtml).join('<br>\n'),
    ...(letter.unsubscribeUrl === undefined
      ? []
      : ['<br>', linkOf({ url: letter.unsubscribeUrl, words: 'Stop these mails' })]),
    '</p>',
    '</div></body></html>',
    '',
  ].join('\n')
}

function noticeBox({ kind, strong, text }: Notice): string {
  return `<p class="${kind}" style="margin:0 0 16px;padding:10px 14px;border-left-width:4px;border-left-style:solid;overflow-wrap:anywhere"><strong>${escapeHtml(strong)}</strong>${escapeHtml(text)}</p>`
}

function blockOf({ title, text }: Block): string {
  return (
    `<h2 style="font-size:15px;line-height:1.4;margin:0 0 4px">${escapeHtml(title)}</h2>\n` +
    `<pre class="rule" style="margin:0 0 18px;padding:10px 12px;border-width:1px;border-style:solid;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,Menlo,Consolas,monospace">${escapeHtml(text)}</pre>`
  )
}

function tableOf({ title, rows }: Table): string {
  const heading =
    title === undefined ? '' : `<h2 style="font-size:15px;line-height:1.4;margin:0 0 4px">${escapeHtml(title)}</h2>\n`
  return `${heading}<table style="border-collapse:collapse;${gap}">\n${rows.map(rowOf).join('\n')}\n</table>`
}

function rowOf([label, ...lines]: Row): string {
  const [first = '', ...more] = lines.map(escapeHtml)
  const rest = more.map((line) => `<br><span class="quiet" style="${size.small}">${line}</span>`).join('')
  return (
    `<tr><th scope="row" style="padding:3px 20px 3px 0;text-align:left;vertical-align:top;font-weight:normal;${label.length > 20 ? 'overflow-wrap:anywhere' : 'white-space:nowrap'}">${escapeHtml(label)}</th>` +
    `<td style="padding:3px 0;vertical-align:top;overflow-wrap:anywhere;${digits}">${first}${rest}</td></tr>`
  )
}

function pictureOf({ contentId, alt, widthPx, heightPx }: ShownPicture): string {
  return `<p style="${gap}"><img src="cid:${contentId}" alt="${escapeHtml(alt)}" width="${widthPx}" height="${heightPx}" style="display:block;max-width:100%;height:auto;border:0"></p>`
}

function itemTable(items: readonly Line[]): string {
  return `<table style="border-collapse:collapse;width:100%;${gap}">\n${items.map(itemRows).join('\n')}\n</table>`
}

/** The name has a line of its own: it fills a telephone's. */
function itemRows(item: Line): string {
  const name = item.url === undefined ? escapeHtml(item.name) : linkOf({ url: item.url, words: item.name })
  const mark =
    item.mark === undefined ? '' : ` <span class="quiet" style="${size.small}">${escapeHtml(item.mark)}</span>`
  const own = item.url === undefined ? small(item.ivoid) : ''
  const wide = 'overflow-wrap:anywhere'
  const pictures =
    item.pictures.length === 0 ? '' : `\n<tr><td colspan="2">${item.pictures.map(pictureOf).join('')}</td></tr>`
  return (
    `<tr><td colspan="2" class="rule" style="padding:9px 0 0;border-top-width:1px;border-top-style:solid;${wide}"><strong>${name}</strong>${mark}</td></tr>\n` +
    `<tr><td style="padding:0 0 9px;vertical-align:top;${wide};${digits}">${escapeHtml(item.brightness)}${small(item.place)}${small(item.columns.join(' · '))}${own}</td>` +
    `<td style="padding:0 0 9px 14px;vertical-align:top;text-align:right;white-space:nowrap;${digits}">${timeLines(item.time)}</td></tr>${pictures}`
  )
}

function small(text: string): string {
  return text === '' ? '' : `<br><span class="quiet" style="${size.small}">${escapeHtml(text)}</span>`
}

/** The day below the hour: a narrow column. */
function timeLines(time: string): string {
  const [day = '', ...clock] = time.split(' ')
  return `<span class="quiet" style="${size.small}">${escapeHtml(clock.join(' '))}</span>${small(day)}`
}

function buttonOf({ url, words }: Link): string {
  return `<p style="${gap}"><a class="button" href="${escapeHtml(url)}" style="display:inline-block;padding:10px 18px;border-radius:6px;text-decoration:none;font-weight:600">${escapeHtml(words)}</a></p>`
}

function about(letter: Letter): string[] {
  const lines = [
    ...letter.identifiers.map((text) => `<code style="overflow-wrap:anywhere">${escapeHtml(text)}</code>`),
    [
      ...letter.links.map(linkOf),
      ...(letter.attached === undefined ? [] : [`The VOEvent is attached as ${escapeHtml(letter.attached)}.`]),
    ].join(' · '),
  ].filter(Boolean)
  return lines.length === 0 ? [] : [`<p style="${size.small};${gap}">${lines.join('<br>')}</p>`]
}

function linkOf({ url, words }: Link): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(words)}</a>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
