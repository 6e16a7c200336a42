/** The clients that docs/stream.md offers, as they stand there. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { sampleEvent } from '../bridges/sample-item.ts'
import { startStream } from '../bridges/stream/gateway.ts'
import { describeTier } from '../tiers.ts'

const text = readFileSync(fileURLToPath(new URL('../../docs/stream.md', import.meta.url)), 'utf8')
const block = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)![1]!

describeTier('peers', 'the clients of docs/stream.md', () => {
  it.each(['python', 'js', 'sh'])('%s prints what comes', async (language) => {
    const { host, log, feed } = await startStream()
    const here = block(language).replace('https://fountain.example.org', `http://${host}`)
    const [program, ...args] =
      language === 'python'
        ? [(await peers()).python, '-u', '-c', here]
        : language === 'sh'
          ? ['sh', '-c', `exec ${here}`]
          : [process.execPath, '--experimental-eventsource', '-e', here]
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await expect.poll(() => feed.status().peers.length, { timeout: 60_000 }).toBe(1)
    log.append({ ivoid: sampleEvent.ivoid, raw: { mediaType: 'text/xml', bytes: writeVOEvent20(sampleEvent) } })
    const wanted = language === 'sh' ? `"seq":1,"ivoid":"${sampleEvent.ivoid}"` : `1 ${sampleEvent.ivoid} 21.304`
    await expect.poll(() => output, { timeout: 20_000 }).toContain(wanted)
  })
})
