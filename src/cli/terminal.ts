/** What commands share at the terminal: errors to standard error, exit codes, progress that machines do not see. */
import { hider } from '../config.ts'
import { exitCodeOf, exitCodes, explain, FountainError } from '../errors.ts'

let hide = (text: string): string => text

/** From now on these values are hidden in errors and in what `hidden` is asked for. */
export function hideSecrets(secrets: readonly string[]): void {
  hide = hider(secrets)
}
export const hidden = (text: string): string => hide(text)

/** Runs a command's action; an error is explained and becomes an exit code. */
export function action<Args extends unknown[]>(
  run: (...args: Args) => Promise<number | undefined>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = (await run(...args)) ?? exitCodes.done
    } catch (error) {
      process.exitCode = fail(error)
    }
  }
}

/** Says what was wrong; returns the exit code. Only an unforeseen error shows its stack, with DEBUG set. */
export function fail(error: unknown): number {
  console.error(`fountain: ${hide(explain(error))}`)
  if (!(error instanceof FountainError) && error instanceof Error && process.env.DEBUG)
    console.error(hide(error.stack ?? ''))
  return error instanceof FountainError ? exitCodeOf(error.code) : exitCodes.bad
}

/** One line that is overwritten on a terminal, and nothing elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
}
export function progressEnd(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
}

/** A terminal's Ctrl-C, and systemd's stop, reach every process at once, and launchers (npm) pass on what they got. */
const sameInterruptMs = 500

/** Aborts on the first interrupt; a later one ends the process at once. */
export function untilInterrupted(): AbortController {
  const controller = new AbortController()
  let firstMs = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        firstMs = performance.now()
        controller.abort(new Error(signal))
      } else if (performance.now() - firstMs > sameInterruptMs) process.exit(130)
    })
  }
  return controller
}
