/** What `fountain check` says of each way out: what it tried, and what it cannot try without sending. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startMailCatcher } from '../../src/demo/mail-catcher.ts'
import { fountain, scratch } from './run-cli.ts'

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }

describe('fountain check', () => {
  it('says what it tried of each bridge, and where nothing can be tried', async () => {
    const mail = await startMailCatcher({ port: 0, now: () => 0, log })
    try {
      const folder = scratch()
      const command = join(folder, 'observe')
      writeFileSync(command, '#!/bin/sh\n')
      chmodSync(command, 0o755)
      const config = join(folder, 'fountain.yaml')
      writeFileSync(
        config,
        `authority: my.observatory
bridges:
  email: { smtp: "${mail.smtpUrl}", from: me@example.org }
  exec: { commands: { observe: { command: ["${command}"] } } }
  webhook: { secret: "0123456789abcdef" }
  vtp: { submit: 0, subscribe: 0 }
`,
      )
      const { code, stdout, stderr } = await fountain(['check', '-c', config])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^ok {3}bridges\.email: the server answers/m)
      expect(stdout).toMatch(/^ok {3}bridges\.exec: every command is there/m)
      expect(stdout).toMatch(/^ok {3}bridges\.webhook: nothing to try/m)
      expect(stdout).toMatch(/^ok {3}bridges\.vtp: nothing to try/m)
      expect(stdout).toContain('note without publicUrl users cannot subscribe to email')
      expect(mail.caught()).toBe(0)
    } finally {
      await mail.close()
    }
  })
})
