import type { Clock, FeedHost, Log, Metrics, OpenFeed, RouteMount, XPathPool } from '../../bridges/contract.ts'
import type { Config } from '../config.ts'
import type { Bell } from '../deliver/bell.ts'
import { feedLog } from '../deliver/feed-log.ts'
import type { Store } from '../record/port.ts'
import type { Kinds } from './kinds.ts'

/** What every feed is lent. */
export interface FeedParts {
  readonly store: Store
  /** Rung after every `apply` that recorded something. */
  readonly bell: Bell
  /** The newest seq on the log, known without asking. */
  head(): number
  submitFor(feed: string): FeedHost['submit']
  readonly http: RouteMount
  readonly xpath: XPathPool
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Opens every feed of the configuration, by name; each is pushed to `opened` to be closed again. */
export async function openFeeds(
  { config, kinds, log }: { config: Config; kinds: Kinds; log: Log },
  { store, bell, head, submitFor, ...lent }: FeedParts,
  opened: (() => Promise<unknown> | unknown)[],
): Promise<ReadonlyMap<string, OpenFeed>> {
  const feeds = new Map<string, OpenFeed>()
  for (const { name, kind, config: settings } of config.bridges) {
    const feed = kinds.feeds.get(kind)
    if (feed === undefined) continue
    const logger = log.child({ feed: name })
    const open = await feed.open(settings, {
      ...lent,
      instance: name,
      authority: config.authority,
      log: {
        ...feedLog(store, { wake: bell, clock: lent.clock, log: logger, feed: name }),
        head: async () => head(),
      },
      submit: submitFor(name),
      peers: {
        load: () => store.peerCursors(name),
        save: (cursor) => store.savePeerCursor(name, cursor),
        remove: (peer) => store.removePeerCursor(name, peer),
      },
      logger,
    })
    opened.push(() => open.close())
    feeds.set(name, open)
  }
  return feeds
}
