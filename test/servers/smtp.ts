/** A loopback SMTP server that does as it is told: each step answers, hangs, drops the line, or says what it should. */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

export type Step = 'greeting' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'end'
/** A reply ('550 5.1.1 no such user'), silence, an end of the connection, or the right reply a byte at a time. */
export type Reaction = string | 'hang' | 'drop' | 'drip'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
}
export interface SmtpServer {
  readonly port: number
  /** Mails the server holds, taken or not answered. */
  readonly mails: ReceivedMail[]
  /** Steps that connections went through, in order. */
  readonly steps: Step[]
  readonly logins: { user: string; password: string }[]
  connections(): number
  peak(): number
  /** Takes the place of what was said before; `once`: each reaction serves one time. */
  behave(reactions: Partial<Record<Step, Reaction>>, how?: 'once'): void
  stop(): Promise<void>
}

export async function startSmtp(
  options: { user?: string; password?: string; pipelining?: boolean } = {},
): Promise<SmtpServer> {
  const sockets = new Set<Socket>()
  const mails: ReceivedMail[] = []
  const steps: Step[] = []
  const logins: { user: string; password: string }[] = []
  let reactions: Partial<Record<Step, Reaction>> = {}
  let once = false
  let peak = 0
  const reactionTo = (step: Step): Reaction | undefined => {
    const reaction = reactions[step]
    if (once) delete reactions[step]
    return reaction
  }

  const server = createServer((socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    peak = Math.max(peak, sockets.size)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    talk(socket)
  })

  function talk(socket: Socket): void {
    let pending = ''
    let data: string | undefined
    let mail = { from: '', to: [] as string[] }
    /** Says the step's reply; true when it was the good one. */
    const react = (step: Step, good: string, reaction = reactionTo(step) ?? good): boolean => {
      steps.push(step)
      if (reaction === 'hang') return false
      if (reaction === 'drop') {
        socket.destroy()
        return false
      }
      if (reaction === 'drip') {
        for (const byte of `${good}\r\n`) socket.write(byte)
        return true
      }
      socket.write(`${reaction}\r\n`)
      return /^[23]/.test(reaction)
    }
    const take = (body: string) => {
      const bytes = Buffer.from(body.replace(/(^|\r\n)\.\./g, '$1.'), 'latin1')
      const good = '250 2.0.0 Ok: queued as 4F1A'
      const reaction = reactionTo('end') ?? good
      // A server that hangs or dies after the last byte may well have it; one that refuses has not.
      if (!/^[45]/.test(reaction)) mails.push({ ...mail, bytes })
      react('end', good, reaction)
      mail = { from: '', to: [] }
    }
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO' || verb === 'HELO') {
        const offers = [
          options.user === undefined ? '' : 'AUTH PLAIN',
          options.pipelining ? 'PIPELINING' : '',
          'SIZE 10000000',
        ]
        const lines = ['loopback', ...offers.filter(Boolean)]
        react('ehlo', lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'))
      } else if (verb === 'AUTH') {
        const [, user = '', password = ''] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString()
          .split('\0')
        logins.push({ user, password })
        const good = user === options.user && password === options.password
        react('auth', good ? '235 2.7.0 ok' : `535 5.7.8 not you, ${user} with ${password}`)
      } else if (verb === 'MAIL') {
        if (react('mail', '250 2.1.0 ok')) mail = { from: /<([^>]*)>/.exec(line)?.[1] ?? '', to: [] }
      } else if (verb === 'RCPT') {
        if (react('rcpt', '250 2.1.5 ok')) mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
      } else if (verb === 'DATA') {
        if (mail.to.length === 0) socket.write('503 5.5.1 no valid recipients\r\n')
        else if (react('data', '354 go on')) data = ''
      } else if (verb === 'QUIT') {
        socket.end('221 2.0.0 bye\r\n')
      } else {
        socket.write(verb === 'RSET' || verb === 'NOOP' ? '250 2.0.0 ok\r\n' : '502 5.5.2 what?\r\n')
      }
    }
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      for (;;) {
        const mark: string = data === undefined ? '\r\n' : '\r\n.\r\n'
        const end = pending.indexOf(mark)
        if (end < 0) return
        const part = pending.slice(0, end)
        pending = pending.slice(end + mark.length)
        if (data === undefined) command(part)
        else {
          data = undefined
          take(`${part}\r\n`)
        }
      }
    })
    react('greeting', '220 loopback ESMTP')
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    steps,
    logins,
    connections: () => sockets.size,
    peak: () => peak,
    behave: (next, how) => {
      reactions = { ...next }
      once = how === 'once'
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
