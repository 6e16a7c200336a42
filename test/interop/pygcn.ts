/** A real pygcn client as a child process: it writes what it receives, one JSON object a line. */
import { spawn } from 'node:child_process'
import { peers } from '../../scripts/peers.ts'

const script = `
import json, sys, logging
import gcn
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
def handler(payload, root):
    print(json.dumps({"ivorn": root.attrib["ivorn"], "payload": payload.decode("latin-1")}), flush=True)
extra = {"ivorn": sys.argv[2]} if len(sys.argv) > 2 else {}
gcn.listen(host="127.0.0.1", port=int(sys.argv[1]), handler=handler, **extra)
`

export interface Pygcn {
  /** The events that its handler got, as bytes. */
  received(): Buffer[]
  log(): string
  stop(): Promise<void>
}

export async function startPygcn(port: number, identity?: string): Promise<Pygcn> {
  const { python } = await peers()
  const args = ['-W', 'ignore', '-c', script, String(port), ...(identity === undefined ? [] : [identity])]
  const child = spawn(python, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let log = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (log += chunk))
  return {
    received: () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => Buffer.from((JSON.parse(line) as { payload: string }).payload, 'latin1')),
    log: () => log,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await exit
    },
  }
}
