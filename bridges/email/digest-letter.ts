/** Many events as one letter: a line each, best first as they were given. */
import type { Item } from '../contract.ts'
import { summarize } from '../summary.ts'
import { columnValue, counted, oneLine, utcTime, webUrl } from '../words.ts'
import { brightnessOf, kindOf, placeOf } from './event-letter.ts'
import { type Letter, type Line, nameOf, optional, type ShownPicture, topicOf } from './letter.ts'

export function digestLetter(
  items: readonly [Item, ...Item[]],
  pictures: ReadonlyMap<Item, readonly ShownPicture[]>,
): Letter {
  const [first] = items
  const held = first.match.heldBack
  const tests = items.filter((item) => item.event.role === 'test').length
  const { filterName, subscription } = first.match
  const which = subscription === filterName ? '' : ` (${oneLine(subscription, 80)})`
  return {
    notices: tests === items.length ? [{ kind: 'test', strong: 'These are tests', text: ', not observations.' }] : [],
    topic: topicOf(first),
    title: held > 0 ? `${items.length} of ${items.length + held} events` : counted(items.length, 'event'),
    paragraphs: [],
    tables: [],
    pictures: [],
    items: items.map((item) => lineOf(item, pictures.get(item) ?? [], tests < items.length)),
    ...(held > 0
      ? { more: `${counted(held, 'more match', 'more matches')} held back by the limit of this subscription.` }
      : {}),
    identifiers: [],
    links: [],
    reasons: [
      `You get this because these events passed the filter ${oneLine(filterName, 80)}, to which this address subscribes${which}.`,
    ],
    ...optional('unsubscribeUrl', webUrl(first.match.unsubscribeUrl)),
  }
}

function lineOf(item: Item, pictures: readonly ShownPicture[], markTests: boolean): Line {
  const summary = summarize(item)
  const kind = kindOf(item.event)
  const marks = [
    ...(markTests && item.event.role === 'test' ? ['test'] : []),
    ...(kind === 'new' ? [] : [kind === 'followup' ? 'follow-up' : kind === 'supersedes' ? 'correction' : kind]),
  ]
  return {
    name: nameOf(summary),
    ...(marks.length === 0 ? {} : { mark: marks.join(', ') }),
    brightness: brightnessOf(summary) ?? '',
    time: summary.timeIso === undefined ? '' : utcTime(summary.timeIso),
    place: placeOf(summary) ?? '',
    columns: item.match.columns
      .filter((column) => column.value !== null)
      .map((column) => `${oneLine(column.name, 64)} ${columnValue(column.value, column.unit)}`),
    ...optional('url', webUrl(item.match.eventUrl)),
    ivoid: oneLine(item.event.ivoid, 2000),
    pictures,
  }
}
