/** A text that a person changes: in their editor, in a file, or on standard input. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FountainError } from '../errors.ts'

export interface ChangedText {
  readonly text: string
  /** Where it lies until `done`; absent where it is the person's own file. */
  readonly path?: string
  /** It was taken: what was written for it goes. */
  done(): void
}

/** `file`: the changed text, `-` for standard input; absent: the editor gets `text` under this name. */
export async function changedText(text: string, name: string, file: string | undefined): Promise<ChangedText> {
  if (file !== undefined && file !== '-') return { text: read(file), done() {} }
  // Its own directory, closed to others: a draft is not for everybody yet.
  const path = join(mkdtempSync(join(tmpdir(), 'fountain-draft-')), name)
  const done = () => rmSync(dirname(path), { recursive: true, force: true })
  writeFileSync(path, file === '-' ? read(0) : text, { mode: 0o600 })
  if (file !== '-') {
    try {
      await openEditor(path)
    } catch (error) {
      done()
      throw error
    }
  }
  return { text: read(path), path, done }
}

function read(file: string | number): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new FountainError('FILES_UNREADABLE', `${file}: ${(cause as Error).message}`, { cause })
  }
}

/** `$VISUAL` and `$EDITOR` are commands with arguments, as other programs take them. */
function openEditor(path: string): Promise<void> {
  const { VISUAL, EDITOR } = process.env
  const editor = VISUAL || EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi')
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${path}"`, { stdio: 'inherit', shell: true })
      : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => {
      if (code === 0) done()
      else failed(new FountainError('USAGE', `the editor (${editor}) ended with ${code}: the draft is as it was`))
    })
  })
}
