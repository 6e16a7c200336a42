/** A page elsewhere that follows the stream by EventSource in a real Chromium, over a restart of the gateway. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { span, startStream } from '../bridges/stream/gateway.ts'
import { describeTier } from '../tiers.ts'
import { chromium } from './chromium.ts'

/** The page counts as loaded when its picture is, and the server keeps that back until the page has seen enough. */
const page = (stream: string) => `<!DOCTYPE html><meta charset="utf-8"><title>follow</title>
<p id="seqs"></p><p id="gaps"></p><img src="/enough.svg" alt="">
<script>
  const source = new EventSource('${stream}/stream/sse?since=0')
  source.onmessage = ({ data, lastEventId }) => {
    const { seq } = JSON.parse(data)
    document.querySelector('#seqs').append(' ' + seq + (String(seq) === lastEventId ? '' : '!'))
    fetch('/seen?seq=' + seq)
  }
  source.addEventListener('gap', ({ data }) => document.querySelector('#gaps').append(data))
</script>`

describeTier('browser', 'the stream in Chromium', () => {
  it('comes back by itself after a restart and goes on where it was', async () => {
    const seen: number[] = []
    let picture: ServerResponse | undefined
    let html = ''
    const server = createServer((request, response) => {
      const seq = /^\/seen\?seq=(\d+)$/.exec(request.url ?? '')?.[1]
      if (seq !== undefined) seen.push(Number(seq))
      if (request.url === '/enough.svg') picture = response
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(request.url === '/' ? html : '')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const first = await startStream({ origins: [origin] })
    for (let n = 0; n < 5; n++) first.log.append()
    html = page(`http://${first.host}`)
    const drawn = chromium('--dump-dom', `${origin}/`)
    await expect.poll(() => seen.length, { timeout: 60_000 }).toBe(5)
    await first.stop()
    for (let n = 0; n < 20; n++) first.log.append()
    const second = await startStream({ origins: [origin] }, first.log, Number(first.host.split(':')[1]))
    await expect.poll(() => seen.length, { timeout: 60_000 }).toBe(25)
    second.log.append()
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(26)
    picture!.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg"/>')
    const dom = await drawn
    expect(/<p id="seqs">(.*?)<\/p>/.exec(dom)?.[1]?.trim().split(' ')).toEqual(span(1, 26).map(String))
    expect(dom).toContain('<p id="gaps"></p>')
  })
})
