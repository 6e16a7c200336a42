/** A bridge in a process of its own, to be killed while it posts: `kind config-as-json folder`. Says when it begins. */
import { writeSync } from 'node:fs'
import { attemptWith, postedItem, postingBridges, postingHost } from './post-story.ts'

const [kind = '', config = '{}', folder = ''] = process.argv.slice(2)
const bridge = postingBridges[kind as keyof typeof postingBridges]
const channel = await bridge.open(bridge.config.parse(JSON.parse(config)) as never, postingHost(folder))
const message = channel.render([postedItem], {})
writeSync(1, 'go\n')
const outcome = await channel.deliver(message, attemptWith(message, 1))
writeSync(1, `${outcome.state}\n`)
await channel.close()
