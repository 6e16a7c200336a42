/** How a telegram's draft is read, changed and handed in by a person. */
import { Refusal } from '../contract.ts'
import type { Drafting } from '../draft.ts'
import { readDraft, writeDraft } from '../report-text/draft-text.ts'
import { lintTelegram } from './lint.ts'
import { subjectOf } from './subjects.ts'
import { bodyOf, telegramOf } from './telegram.ts'

/** The front page: the form is behind a sign-in there, and cannot be filled in by a link. */
const page = 'https://www.astronomerstelegram.org/'

export const drafting: Drafting = {
  text(body) {
    const { title, authors, subjects, text } = telegramOf(body)
    return writeDraft({ Title: title, Authors: authors, Subjects: subjects.join(', ') }, text)
  },
  parse(draft, original) {
    const { head, text } = readDraft(draft, ['Title', 'Authors', 'Subjects'])
    const subjects = head.Subjects.split(',')
      .map((subject) => subject.trim())
      .filter((subject) => subject !== '')
    return bodyOf({
      ...telegramOf(original),
      title: head.Title,
      authors: head.Authors,
      subjects: [...new Set(subjects.map((subject) => subjectOf(subject) ?? subject))],
      text,
    })
  },
  lint: (body) => lintTelegram(telegramOf(body)),
  handIn(body) {
    const { title, authors, subjects, text } = telegramOf(body)
    return {
      url: page,
      prefilled: false,
      fields: [
        { label: 'Title', value: title },
        { label: 'Authors', value: authors },
        { label: 'Text', value: text },
        { label: 'Subjects', value: subjects.join(', ') },
      ],
    }
  },
  readReceipt(text) {
    const number = numberIn(text.trim())
    if (number === undefined) {
      throw new Refusal(['Give the telegram’s number ("17123", "ATel #17123") or the address of its page.'])
    }
    return { id: `ATel #${number}`, title: `The Astronomer's Telegram #${number}`, url: `${page}?read=${number}` }
  },
}

function numberIn(text: string): string | undefined {
  const plain = /^(?:the astronomer['’]s telegram|atel)?\s*#?\s*([1-9]\d{0,5})$/i.exec(text)?.[1]
  if (plain !== undefined || !URL.canParse(text)) return plain
  const url = new URL(text)
  if (!/^(www\.)?astronomerstelegram\.org$/.test(url.hostname)) return undefined
  return /^[1-9]\d{0,5}$/.exec(url.searchParams.get('read') ?? '')?.[0]
}
