/** The suite's behaviours, of a server that speaks HTTP. */
import type { Behaviour, MisbehavingServer } from '../bridges/contract.ts'
import type { Answer, Asked, HttpServer, Reaction } from './http.ts'

/** What the service answers in its own words; the rest is the same for every HTTP server. */
export interface OwnWords {
  readonly reject: Answer
  readonly later: Answer
  readonly busy: Answer
  readonly fails: Answer
}

const kept: readonly Behaviour[] = ['accept', 'fails', 'garbage', 'drip', 'hang-after', 'die-after']

export function misbehaving(
  server: HttpServer,
  words: OwnWords,
  /** The message that a request brings, if it brings one. */
  messageOf: (asked: Asked) => Uint8Array | undefined,
): MisbehavingServer {
  let how: Behaviour = 'accept'
  const took: boolean[] = []
  const settled = () => {
    // Under which behaviour a request came is known until the behaviour changes.
    while (took.length < server.asked.length) took.push(kept.includes(how))
  }
  return {
    behave(next) {
      settled()
      how = next
      const wire: Record<Exclude<Behaviour, keyof OwnWords>, Reaction | undefined> = {
        accept: undefined,
        garbage: 'garbage',
        drip: 'drip',
        'hang-before': 'ignore',
        'hang-after': 'hang',
        'die-after': 'drop',
      }
      server.react(how in words ? words[how as keyof OwnWords] : wire[how as keyof typeof wire])
    },
    received() {
      settled()
      return server.asked.flatMap((asked, index) => {
        const message = took[index] ? messageOf(asked) : undefined
        return message === undefined ? [] : [message]
      })
    },
    begun: server.begun,
    connections: server.connections,
    peak: server.peak,
    stop: server.stop,
  }
}
