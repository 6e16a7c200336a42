import type { FeedHost } from '../contract.ts'

export interface Instruments {
  subscribers(count: number): void
  sent(events: number): void
  refused(status: number): void
  happened(what: 'parked' | 'dropped' | 'silent'): void
}

export function instruments({ metrics, instance }: FeedHost): Instruments {
  const gauge = metrics.gauge('fountain_stream_subscribers', 'Connections of the stream feed.', ['feed'])
  const sent = metrics.counter('fountain_stream_sent_total', 'Events sent on connections that have ended.', ['feed'])
  const what = metrics.counter('fountain_stream_subscriber_total', 'What became of subscribers.', ['feed', 'what'])
  return {
    subscribers: (count) => gauge.set({ feed: instance }, count),
    sent: (events) => sent.inc({ feed: instance }, events),
    refused: (status) => what.inc({ feed: instance, what: `refused ${status}` }),
    happened: (event) => what.inc({ feed: instance, what: event }),
  }
}
