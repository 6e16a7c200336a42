/** The status page as HTML: complete without a script; `web/status.js` swaps the sections that changed. */

import { deliveryStates } from '../flow.ts'
import { type Html, html, type PageLink, page, section, table } from '../html.ts'
import type { Ledger } from '../record/port.ts'
import { audienceWords, upkeepWords } from './bridge-words.ts'
import type { Readiness, RecentEvent, StatusReport } from './status-report.ts'

export interface StatusView {
  readonly report: StatusReport
  readonly events: readonly RecentEvent[]
  readonly readiness: Readiness
  readonly nowMs: number
}

export function statusPage(view: StatusView, links: readonly PageLink[] = []): string {
  const { report, readiness } = view
  return page({
    title: `${readiness.ok ? '' : 'Not ready: '}Fountain at ${report.authority}`,
    heading: report.authority,
    live: true,
    links,
    main: html`${section('state', 'State', state(view))}
${section('events', 'Newest events', events(view))}
${section('sources', 'Sources', sources(view))}
${section('streams', 'Streams', streams(report))}
${section('feeds', 'Feeds', feeds(report))}
${section('bridges', 'Bridges', bridges(report))}
${section('ledger', 'Ledger', ledger(report.ledger))}`,
    footer: html`Fountain ${report.version} · <a href="/status.json">status.json</a> · <a href="/metrics">metrics</a> · <a href="/healthz">healthz</a> · <a href="/readyz">readyz</a>`,
  })
}

function state({ report, readiness, nowMs }: StatusView): Html {
  const { ledger: counts } = report
  const delivered = counts.bridges.reduce((sum, { states }) => sum + (states.sent ?? 0) + (states.duplicate ?? 0), 0)
  const waiting = counts.bridges.reduce(
    (sum, { states }) =>
      sum + (states.held ?? 0) + (states.queued ?? 0) + (states.sending ?? 0) + (states.submitted ?? 0),
    0,
  )
  const figures: [string, number, string][] = [
    ['packets received', total(counts.sources, 'received'), `${amount(total(counts.sources, 'dead'))} dead`],
    ['events stored', counts.events.stored, `${amount(counts.events.logHead)} on the log`],
    ['subscribers connected', report.feeds.reduce((sum, feed) => sum + feed.peers.length, 0), 'on all feeds'],
    ['deliveries done', delivered, `${amount(waiting)} waiting`],
  ]
  return html`<p class="${readiness.ok ? 'pill good' : 'pill bad'}">${readiness.ok ? 'Ready' : 'Not ready'}</p>
<p class="quiet">running for ${duration(nowMs - report.startedMs)}, since ${time(report.startedMs)}</p>
${readiness.reasons.length > 0 && html`<ul class="faults">${readiness.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
<dl class="figures">${figures.map(([label, value, more]) => html`<div><dt>${label}</dt><dd>${amount(value)}<small>${more}</small></dd></div>`)}</dl>`
}

const shownEvents = 12

/** A survey event stored along with a stream's event on the same alert is one event to a reader. */
function worthShowing(events: readonly RecentEvent[]): readonly RecentEvent[] {
  const local = ({ ivoid }: RecentEvent) => ivoid.slice(ivoid.search(/[#?]/))
  const published = new Set(events.filter((event) => event.seq !== null).map(local))
  return events.filter((event) => event.seq !== null || !published.has(local(event))).slice(0, shownEvents)
}

function events({ events: all, nowMs }: StatusView): Html {
  const newest = worthShowing(all)
  if (newest.length === 0) return html`<p class="quiet">No event yet.</p>`
  return table(
    ['Recorded', 'Event', 'Role', 'Origin', 'Log'],
    newest.map((event) => [
      html`<time datetime="${new Date(event.recordedMs).toISOString()}" title="${time(event.recordedMs)}">${ago(nowMs - event.recordedMs)}</time>`,
      html`<a class="ivoid" href="/events?ID=${encodeURIComponent(event.ivoid)}">${breakable(event.ivoid.replace(/^ivo:\/\//, ''))}</a>`,
      html`<span class="role ${event.role === 'test' ? 'test' : ''}">${event.role}</span>`,
      event.origin,
      event.seq === null ? '–' : amount(event.seq),
    ]),
    [4],
  )
}

function sources({ report, nowMs }: StatusView): Html {
  if (report.sources.length === 0) return html`<p class="quiet">None configured.</p>`
  return table(
    ['Source', 'State', 'Reads', 'Received', 'Behind', 'Newest record'],
    report.sources.map((source) => [
      html`<strong>${source.name}</strong>`,
      stateWord(source),
      source.describe,
      amount(
        total(
          report.ledger.sources.filter((row) => row.source === source.name),
          'received',
        ),
      ),
      source.lag === undefined ? '–' : amount(source.lag),
      source.newestRecordMs === undefined ? '–' : ago(nowMs - source.newestRecordMs),
    ]),
    [3, 4],
  )
}

function streams({ streams: published, authority, ledger: { filters } }: StatusReport): Html {
  if (published.length === 0) return html`<p class="quiet">None published.</p>`
  return html`${published.map(
    (stream) => html`<article><h3>${stream.title}</h3>
<p class="ivoid">${breakable(`ivo://${authority}/streams/${stream.name}`)}</p>
${stream.description !== undefined && html`<p>${stream.description}</p>`}
<p class="quiet">${amount(
      total(
        filters.filter((row) => row.name === stream.name),
        'chosen',
      ),
    )} events</p>
<details><summary>Filter</summary><pre tabindex="0">${stream.filter.trim()}</pre></details></article>`,
  )}`
}

function feeds({ feeds: open }: StatusReport): Html {
  if (open.length === 0) return html`<p class="quiet">None configured.</p>`
  return html`${open.map(
    (feed) => html`<article><h3>${feed.name}</h3><p>${feed.summary}</p>
${feed.listening.length > 0 && html`<p class="quiet">listens on ${feed.listening.join(', ')}</p>`}
${
  feed.peers.length > 0 &&
  table(
    ['Subscriber', 'From', 'Sent', 'Acknowledged', 'Behind'],
    feed.peers.map((peer) => [peer.name, peer.address, amount(peer.sent), amount(peer.acked), amount(peer.behind)]),
    [2, 3, 4],
  )
}</article>`,
  )}`
}

function bridges({ bridges: open, ledger: counts }: StatusReport): Html {
  if (open.length === 0) return html`<p class="quiet">None configured.</p>`
  return table(
    ['Bridge', 'State', 'Deliveries', 'of these'],
    open.map((bridge) => {
      const states = counts.bridges.find((row) => row.bridge === bridge.name)?.states ?? {}
      const present = deliveryStates.filter((name) => (states[name] ?? 0) > 0)
      return [
        html`<strong>${bridge.name}</strong>${small(audienceWords(bridge.audience))}`,
        html`${stateWord({ ...bridge, reason: bridge.reason ?? bridge.lastError })}${small(upkeepWords(bridge.upkeep))}`,
        amount(present.reduce((sum, name) => sum + (states[name] ?? 0), 0)),
        present.map((name) => `${amount(states[name] ?? 0)} ${name}`).join(', ') || '–',
      ]
    }),
    [2],
  )
}

function ledger(counts: Ledger): Html {
  const lines = [
    ...groups(counts.sources, (row) => row.source).map(([name, rows]) =>
      balance(
        `source ${name}`,
        'received',
        total(rows, 'received'),
        parts(rows, ['decoded', 'duplicate', 'parked', 'dead']),
      ),
    ),
    ...groups(counts.filters, (row) => row.name).map(([name, rows]) =>
      balance(
        `filter ${name}`,
        'passed',
        total(rows, 'passed'),
        parts(rows, ['chosen', 'waiting', 'suppressed', 'unmappable']),
      ),
    ),
    ...counts.subscriptions.map((row) =>
      // Notices are retractions, confirmations and notices of drafts, which no filter chose.
      balance(
        `subscription ${row.subscription}`,
        row.notices === 0 ? 'chosen' : 'chosen and notices',
        row.chosen + row.notices,
        [
          ['deliveries', row.deliveries],
          ['left out', row.leftOut],
        ],
      ),
    ),
    ...counts.feeds.map((row) =>
      balance(`feed ${row.feed}`, 'on the log', counts.events.logHead, [
        ['sent on', row.cursor],
        ['behind', row.behind],
      ]),
    ),
  ]
  if (lines.length === 0) return html`<p class="quiet">Nothing counted yet.</p>`
  return table(['Of', 'Total', '', 'Parts', 'Adds up'], lines, [1])
}

function balance(
  of: string,
  name: string,
  sum: number,
  terms: readonly (readonly [string, number])[],
): (Html | string)[] {
  const exact = sum === terms.reduce((all, [, count]) => all + count, 0)
  return [
    of,
    html`${amount(sum)} ${name}`,
    '=',
    terms.map(([term, count]) => `${amount(count)} ${term}`).join(' + '),
    exact ? html`<span class="good">yes</span>` : html`<strong class="bad">no</strong>`,
  ]
}

function groups<Row>(rows: readonly Row[], by: (row: Row) => string): [string, Row[]][] {
  const found = new Map<string, Row[]>()
  for (const row of rows) found.set(by(row), [...(found.get(by(row)) ?? []), row])
  return [...found]
}

function parts<Name extends string>(
  rows: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): [string, number][] {
  return names.map((name) => [name, total(rows, name)])
}

function total<Name extends string>(rows: readonly Readonly<Record<Name, number>>[], name: Name): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}

const small = (words: string | undefined): Html | string =>
  words === undefined ? '' : html`<br><small>${words}</small>`

function stateWord({ state: word, reason }: { state: string; reason?: string | undefined }): Html {
  const kind = /fail|halt|error|gone/.test(word) ? 'bad' : 'good'
  return html`<span class="${kind}">${word}</span>${reason !== undefined && html`<br><small>${reason}</small>`}`
}

/** Long identifiers may break where they have a joint. */
function breakable(ivoid: string): Html {
  return html`${ivoid.split(/(?<=[^/:][/#?])/).map((part) => html`${part}<wbr>`)}`
}

function amount(count: number): string {
  return count.toLocaleString('en-US')
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function ago(ms: number): string {
  return ms < 1_000 ? 'now' : `${duration(ms)} ago`
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  const hours = Math.floor(seconds / 3_600)
  return hours < 48 ? `${hours} h ${Math.floor(seconds / 60) % 60} min` : `${Math.floor(hours / 24)} days`
}
