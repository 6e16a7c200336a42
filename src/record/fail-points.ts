/**
 * Places where a test lets the process die at once, as by `kill -9`: one between every two steps that must survive
 * it. A running gateway has none set.
 */
export const failPoints = [
  'open:after-lock',
  'open:after-migrate',
  'apply:after-begin',
  'apply:after-lines',
  'apply:after-events',
  'apply:after-deliveries',
  'apply:after-position',
  'apply:after-append',
  'apply:after-sync',
  'apply:before-commit',
  'apply:after-commit',
  'segment:after-create',
  'index:after-append',
  'archive:after-put',
  'archive:after-drop',
  'archive:after-leave',
  'deliver:after-claim',
  'deliver:after-render',
  'deliver:after-keep',
  'deliver:after-send',
  'deliver:after-settle',
] as const
export type FailPoint = (typeof failPoints)[number]

/** Called at every fail-point; does nothing unless it is the one that was set. */
export type FailAt = (point: FailPoint) => void

/** `setting` is a fail-point's name, or `name@3` for the third time it is met; undefined sets none. */
export function failAt(setting: string | undefined): FailAt {
  if (setting === undefined) return () => {}
  const [name, times = '1'] = setting.split('@')
  if (!(failPoints as readonly string[]).includes(name ?? '')) throw new Error(`no fail-point '${name}'`)
  let left = Number(times)
  return (point) => {
    if (point !== name || --left > 0) return
    process.kill(process.pid, 'SIGKILL')
    // The signal may take a moment to arrive, and this thread must not get any further.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
}
