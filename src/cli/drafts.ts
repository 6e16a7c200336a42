import { resolve } from 'node:path'
import type { Command } from 'commander'
import { exitCodes, FountainError } from '../errors.ts'
import { callControl } from '../record/control.ts'
import type { Changed, DeliveryLine } from '../record/port.ts'
import type { DraftDesk, ShownDraft } from '../serve/draft-desk.ts'
import type { ShownDelivery } from '../wiring/delivery-handlers.ts'
import { dataDirectory } from './data-directory.ts'
import { linesText, writeMessage } from './delivery-text.ts'
import { draftText, findingsText } from './draft-text.ts'
import { changedText } from './edit-text.ts'
import { action } from './terminal.ts'
import { several, whole } from './values.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}
interface ListOptions extends Options {
  readonly bridge?: string
  readonly subscription?: string
  readonly before?: number
  readonly limit: number
}
interface DecideOptions extends Options {
  readonly as?: string
  readonly reason?: string
}
interface EditOptions extends DecideOptions {
  readonly file?: string
  readonly original?: boolean
}
interface SentOptions extends DecideOptions {
  readonly receipt?: string
  readonly atel?: number
  readonly circular?: number
}

export function registerDrafts(program: Command): void {
  const drafts = program
    .command('drafts')
    .description('Messages that wait for a yes: read, changed, approved, discarded, handed in.')
    .addHelpText(
      'after',
      `
Examples:
  fountain drafts list
  fountain drafts show 12 -o pictures/
  fountain drafts edit 12
  fountain drafts edit 12 --file better.txt
  fountain drafts approve 12 13
  fountain drafts discard 14 --reason 'a known variable'
  fountain drafts sent 15 --atel 17123

A telegram and a circular are handed in by you, where \`show\` says; \`sent\` then tells what it became, and an
event of ours cites it.`,
    )
  const common = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'the configuration of the running gateway', 'fountain.yaml')
      .option('--data <directory>', 'its data directory, instead of the configuration')
      .option('--json', 'machine output')
  const decides = (command: Command): Command =>
    common(command).option('--as <name>', 'who decides, for the record', undefined)
  common(drafts.command('list'))
    .description('list them, the newest first')
    .option('--bridge <name>', 'only through this bridge')
    .option('--subscription <name>', 'only of this subscription')
    .option('--before <number>', 'go on below this one', whole(1))
    .option('--limit <n>', 'at most so many', whole(1, 10_000), 100)
    .addHelpText('after', examples('list', 'list --bridge tns --json'))
    .action(action(list))
  common(drafts.command('show'))
    .argument('<number>', 'as `drafts list` gives it', whole(1))
    .description('its text, what is wrong with it, what was said before, and where it is handed in')
    .option('-o, --out <directory>', 'write the message and its pictures here')
    .addHelpText('after', examples('show 12', 'show 12 -o pictures/'))
    .action(action(show))
  decides(drafts.command('edit'))
    .argument('<number>', 'as `drafts list` gives it', whole(1))
    .description('change its text in $VISUAL or $EDITOR, or take it from a file')
    .option('--file <file>', 'the changed text; - for standard input')
    .option('--original', 'back to what was rendered')
    .addHelpText('after', examples('edit 12', 'edit 12 --file better.txt', 'edit 12 --original'))
    .action(action(edit))
  decides(drafts.command('approve'))
    .argument('<number...>', 'as `drafts list` gives them', several(whole(1)))
    .description('say yes: they are sent')
    .addHelpText('after', examples('approve 12 13', 'approve 12 --as anna'))
    .action(action((ids, options) => decide('approve', ids, options, {})))
  decides(drafts.command('discard'))
    .argument('<number...>', 'as `drafts list` gives them', several(whole(1)))
    .description('say no: they are never sent')
    .option('--reason <text>', 'why, for the record', 'discarded by the operator')
    .addHelpText('after', examples('discard 14 --reason "a known variable"'))
    .action(action((ids, options) => decide('discard', ids, options, { reason: options.reason })))
  decides(drafts.command('sent'))
    .argument('<number>', 'as `drafts list` gives it', whole(1))
    .description('you handed it in, and this is what it became')
    .option('--receipt <text>', 'its number or page, as the service gives it')
    .option('--atel <number>', 'the number of the Astronomer’s Telegram', whole(1))
    .option('--circular <number>', 'the number of the GCN Circular', whole(1))
    .addHelpText(
      'after',
      examples(
        'sent 15 --atel 17123',
        'sent 16 --circular 41000',
        'sent 15 --receipt "https://www.astronomerstelegram.org/?read=17123"',
      ),
    )
    .action(action(sent))
}

const examples = (...lines: readonly string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  fountain drafts ${line}`)].join('\n')
const call = (options: Options, command: string, args: object): Promise<unknown> =>
  callControl(resolve(dataDirectory(options)), command, args)
const who = ({ as }: DecideOptions): object => (as === undefined ? {} : { by: as })

async function list(options: ListOptions): Promise<undefined> {
  const { bridge, subscription, before, limit } = options
  const query = { state: 'held', bridge, subscription, beforeId: before, limit }
  const lines = (await call(options, 'deliveries.list', query)) as readonly DeliveryLine[]
  if (options.json) for (const line of lines) console.log(JSON.stringify(line))
  else if (lines.length === 0) console.log('no drafts')
  else console.log(linesText(lines))
}

async function read(id: number, options: Options): Promise<ShownDraft> {
  const found = (await call(options, 'drafts.show', { id })) as ShownDraft | null
  if (found === null) throw new FountainError('NOT_FOUND', `draft ${id}`)
  return found
}

async function show(id: number, options: Options & { readonly out?: string }): Promise<undefined> {
  const found = await read(id, options)
  if (options.out !== undefined) {
    const delivery = (await call(options, 'deliveries.show', { id })) as ShownDelivery
    for (const path of writeMessage(delivery, options.out)) console.error(`wrote ${path}`)
  }
  console.log(options.json ? JSON.stringify(found) : draftText(found))
}

async function edit(id: number, options: EditOptions): Promise<number> {
  if (options.file !== undefined && options.original) throw new FountainError('USAGE', '--file or --original, not both')
  const before = await read(id, options)
  const { version, text, editable, state } = before
  const put = (change: object) =>
    call(options, 'drafts.edit', { id, version, ...change, ...who(options) }) as Promise<ShownDraft>
  if (options.original) return said(before, await put({ original: true }), options)
  if (state !== 'held') throw new FountainError('DELIVERY_STATE', `${id} is ${state}, and must be held`)
  if (text === null || !editable)
    throw new FountainError(
      text === null ? 'DRAFT_NOT_RENDERED' : 'DRAFT_NOT_EDITABLE',
      `${id} through ${before.bridge}`,
    )
  const changed = await changedText(text, `draft-${id}.txt`, options.file)
  try {
    const after = await put({ text: changed.text })
    changed.done()
    return said(before, after, options)
  } catch (error) {
    // Whatever went wrong: what a person has written is not lost.
    if (changed.path !== undefined) console.error(`fountain: your text is kept in ${changed.path}`)
    throw error
  }
}

function said(before: ShownDraft, after: ShownDraft, { json }: Options): number {
  if (json) console.log(JSON.stringify(after))
  else {
    console.log(
      before.version === after.version ? `${after.id} is as it was` : `${after.id} is version ${after.version} now`,
    )
    console.log(findingsText(after.findings))
  }
  return exitCodes.done
}

async function decide(
  command: 'approve' | 'discard',
  ids: readonly number[],
  options: DecideOptions,
  args: object,
): Promise<number> {
  const changed = (await call(options, `drafts.${command}`, { ids, ...args, ...who(options) })) as Changed
  if (options.json) console.log(JSON.stringify(changed))
  else {
    for (const id of changed.done) console.log(`${id} ${command === 'approve' ? 'to be sent' : 'discarded'}`)
    for (const { id, code, reason } of changed.refused) console.error(`fountain: ${code}: ${id}: ${reason}`)
  }
  return changed.refused.length > 0 ? exitCodes.bad : exitCodes.done
}

async function sent(id: number, options: SentOptions): Promise<undefined> {
  const ways = [
    options.receipt === undefined ? [] : [{ receipt: options.receipt }],
    options.atel === undefined ? [] : [{ receipt: String(options.atel), kind: 'atel' }],
    options.circular === undefined ? [] : [{ receipt: String(options.circular), kind: 'gcn-circular' }],
  ].flat()
  const [way] = ways
  if (way === undefined || ways.length > 1)
    throw new FountainError('USAGE', 'name what it became by one of --receipt, --atel and --circular')
  type Sent = Awaited<ReturnType<DraftDesk['sent']>>
  const made = (await call(options, 'drafts.sent', { id, ...way, ...who(options) })) as Sent
  if (options.json) console.log(JSON.stringify(made))
  else {
    console.log(`${id} is ${made.title}`)
    if (made.citation !== null) console.log(`${made.citation.ivoid} says so`)
  }
}
