/**
 * Preloaded (`node --import`) into a process that must not reach out: whatever would open a connection or ask a name
 * server is written down in the file `NETWORK_TRAP`, and refused. Listening stays open.
 */
import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const file = process.env.NETWORK_TRAP
const trap = (holder, name, what) => {
  if (typeof holder?.[name] !== 'function') return
  const original = holder[name]
  holder[name] = function (...args) {
    const first = args[0]
    // Nobody is asked for the address of an address: a server that listens looks its own up so.
    if (name === 'lookup' && net.isIP(first) !== 0) return original.apply(this, args)
    const shown =
      typeof first === 'string'
        ? first
        : JSON.stringify(first, (_, value) => (typeof value === 'function' ? undefined : value))
    appendFileSync(file, `${what}.${name} ${shown}\n`)
    throw new Error(`the network is closed: ${what}.${name}`)
  }
}
trap(net.Socket.prototype, 'connect', 'net.Socket')
for (const name of ['connect', 'send']) trap(dgram.Socket.prototype, name, 'dgram.Socket')
for (const name of Object.keys(dns)) if (/^(lookup|resolve|reverse)/.test(name)) trap(dns, name, 'dns')
for (const name of Object.keys(dns.promises))
  if (/^(lookup|resolve|reverse)/.test(name)) trap(dns.promises, name, 'dns.promises')
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'])
  trap(childProcess, name, 'child_process')
syncBuiltinESMExports()
appendFileSync(file, 'trapped\n')
