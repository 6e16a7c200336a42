/** Many WebSocket clients that only count bytes, in a process of their own: `stream-swarm.ts PORT PATH COUNT`. */
import { connect } from 'node:net'

const [port = '', path = '', count = ''] = process.argv.slice(2)
let bytes = 0
let open = 0
for (let n = 0; n < Number(count); n++) {
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  let greeted = false
  socket.on('data', (data) => {
    if (!greeted) {
      greeted = true
      open++
      // What follows the head belongs to the stream.
      bytes += data.length - (data.indexOf('\r\n\r\n') + 4)
    } else bytes += data.length
  })
  socket.on('error', () => {})
}
setInterval(() => process.send?.({ open, bytes }), 5)
process.on('disconnect', () => process.exit(0))
