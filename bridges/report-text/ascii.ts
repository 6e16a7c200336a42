/** Text for telegrams and circulars, whose readers and programs expect ASCII alone. */
import { oneLine } from '../words.ts'

/** What a plain letter or two say as well. */
const plainForms: Readonly<Record<string, string>> = {
  '±': '+/-',
  '°': ' deg',
  '′': "'",
  '″': '"',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '‑': '-',
  '–': '-',
  '—': '-',
  '−': '-',
  '×': 'x',
  '·': '.',
  µ: 'u',
  μ: 'u',
  α: 'alpha',
  β: 'beta',
  δ: 'delta',
  λ: 'lambda',
  σ: 'sigma',
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  ø: 'o',
  Ø: 'O',
  œ: 'oe',
  Œ: 'OE',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

/** Text from outside on one line of ASCII, without mark-up: accents go, '?' stands for what has no plain form. */
export function asciiLine(text: string, most = 200): string {
  const plain = [...oneLine(text, most * 2).normalize('NFC')]
    .map((letter) => plainForms[letter] ?? letter)
    .join('')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[<>]/g, ' ')
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e]+/g, '?')
    .replace(/ +/g, ' ')
    .trim()
  return plain.length <= most ? plain : `${plain.slice(0, Math.max(0, most - 3)).trimEnd()}...`
}

/** What is no ASCII in a text, each letter once, in order. */
export function beyondAscii(text: string): string[] {
  return [...new Set([...text].filter((letter) => !/^[\t\n\r\x20-\x7e]$/.test(letter)))]
}
