/** The HTML alternative of a mail: one table, styles inline, nothing loaded from anywhere. */
import type { Letter } from './render.ts'

export function htmlBody(letter: Letter): string {
  const rows = (pairs: readonly (readonly string[])[]) =>
    pairs
      .map(
        ([label, ...lines]) =>
          `<tr><th scope="row" style="${cell};text-align:left;font-weight:normal;color:#57606a">${escapeHtml(label ?? '')}</th>` +
          `<td style="${cell};font-variant-numeric:tabular-nums">${lines.map(escapeHtml).join('<br>')}</td></tr>`,
      )
      .join('\n')
  const table = (pairs: readonly (readonly string[])[]) =>
    `<table style="border-collapse:collapse;margin:0 0 16px">\n${rows(pairs)}\n</table>`
  const link = (url: string, words: string) =>
    `<a href="${escapeHtml(url)}" style="color:#0a58ca">${escapeHtml(words)}</a>`
  const ivoid = `<code style="word-break:break-all">${escapeHtml(letter.ivoid)}</code>`
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(letter.title)}</title></head>`,
    '<body style="margin:0;padding:16px;font:15px/1.45 system-ui,sans-serif;color:#1f2328;background:#ffffff">',
    ...(letter.test
      ? [
          '<p style="margin:0 0 16px;padding:8px 12px;background:#fff3cd;border:1px solid #b58100"><strong>This is a test</strong>, not an observation.</p>',
        ]
      : []),
    `<h1 style="font-size:19px;margin:0 0 12px">${escapeHtml(letter.title)}</h1>`,
    table(letter.facts),
    ...(letter.columns.length === 0
      ? []
      : ['<h2 style="font-size:15px;margin:0 0 4px">Selected by the filter</h2>', table(letter.columns)]),
    `<p style="margin:0 0 16px">${ivoid}<br>`,
    `${letter.eventUrl === undefined ? '' : `${link(letter.eventUrl, 'Fetch the event')} &middot; `}The VOEvent is attached as voevent.xml.</p>`,
    '<p style="margin:0;padding-top:8px;border-top:1px solid #d0d7de;color:#57606a;font-size:13px">',
    letter.reasons.map(escapeHtml).join('<br>\n'),
    ...(letter.unsubscribeUrl === undefined ? [] : ['<br>', link(letter.unsubscribeUrl, 'Stop these mails')]),
    '</p>',
    '</body></html>',
    '',
  ].join('\n')
}

const cell = 'padding:2px 16px 2px 0;vertical-align:top'

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
