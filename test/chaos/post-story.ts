/** What is posted, and the gateway around it, in the test and in the process that is killed. */
import { mkdirSync } from 'node:fs'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import type { Attempt, Host, Item, Log, Message, Picture } from '../../bridges/contract.ts'
import { openHttp } from '../../bridges/http.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'

export const postingBridges = { mastodon, bluesky }

const picture: Picture = {
  mediaType: 'image/png',
  bytes: Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(200_000, 7)]),
  widthPx: 100,
  heightPx: 40,
}

export const postedItem: Item = {
  event: {
    ivoid: 'ivo://example.org/streams/young-and-bright#17',
    role: 'observation',
    who: { date: '2026-03-01T05:37:41' },
  },
  raw: { mediaType: 'application/xml', bytes: Buffer.from('<x/>') },
  match: { filterName: 'young', subscription: 's', streamTitle: 'Young', columns: [], sequence: 1, heldBack: 0 },
  content: 'summary',
  pictures: new Map([['cutouts', picture]]),
}

const write = () => {}
const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }

export function postingHost(folder: string, now: () => number = Date.now): Host {
  return {
    instance: 'posts',
    authority: 'example.org',
    http: openHttp(),
    clock: {
      now,
      monotonic: () => performance.now(),
      sleep: () => Promise.reject(new Error('a bridge does not wait')),
    },
    log,
    metrics: { counter: () => ({ inc() {} }), gauge: () => ({ set() {} }) },
    folder: () => {
      mkdirSync(folder, { recursive: true })
      return folder
    },
  }
}

export function attemptWith({ key }: Message, number: number): Attempt {
  return { key, number, thread: [], signal: AbortSignal.timeout(20_000) }
}
