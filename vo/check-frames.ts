/** Rules for coordinate systems: TIMESCALE-FRAME-REFPOS (VOEvent 2.0 §3.4.1), and the frames that 2.1 spells out. */
import { at, children, is21, type Rule, shown, trimmedAttribute, type Warn } from './rule.ts'
import { frameWords } from './words/frame-words.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { SystemIds } from './xml/system-ids.ts'
import { trimSpace } from './xml/white-space.ts'

export const checkFrames: Rule = (root, warn) => {
  const ids = is21(root) ? new SystemIds() : undefined
  for (const location of at(root, 'WhereWhen', 'ObsDataLocation')) {
    for (const place of [...children(location, 'ObservatoryLocation'), ...children(location, 'ObservationLocation')]) {
      for (const system of children(place, 'AstroCoordSystem')) {
        const written = trimmedAttribute(system, 'id')
        // Ids stand once in a document of 2.1: the second UTC-ICRS-TOPO is called UTC-ICRS-TOPO-2.
        const id = written === undefined ? undefined : (ids?.systemOf(written) ?? written)
        // The schema of 2.0 has the list itself.
        if (is21(root) && id !== undefined) checkId(system, id, warn)
        checkVocabularies(system, id ?? '', warn)
        for (const coords of children(place, 'AstroCoords')) checkAxes(coords, id ?? '', warn)
      }
    }
  }
}

function checkId(system: XmlElement, id: string, warn: Warn): void {
  const [scale = '', frame = '', center = '', ...more] = id.split('-')
  const known =
    frameWords.ids.timeScale.includes(scale) &&
    frameWords.ids.spaceFrame.includes(frame) &&
    frameWords.ids.referencePosition.includes(center)
  const spelledOut = children(system, 'TimeFrame').length + children(system, 'SpaceFrame').length > 0
  if ((!known || more.length > 0) && !spelledOut) warn('VOE_FRAME', system, shown(id), 'id')
  else if (known && (center === 'BARY') !== (scale === 'TDB')) {
    warn('VOE_FRAME_CENTER', system, `It pairs ${scale} with ${center}.`, 'id')
  }
}

/** The words of 2.1's frames are the IVOA's, and say the same as the id where that has the three parts. */
function checkVocabularies(system: XmlElement, id: string, warn: Warn): void {
  const [scale, frame, center] = id.split('-').length === 3 ? id.split('-') : []
  const check = (element: XmlElement, words: readonly string[], said: string | undefined): void => {
    const word = trimSpace(element.text)
    if (!words.includes(word)) {
      const meant = words.find((each) => each.toLowerCase() === word.toLowerCase())
      warn('VOE_FRAME_WORD', element, `${shown(word)}.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`)
    } else if (said !== undefined && word !== said) {
      warn('VOE_FRAME_DIFFERS', element, `${word} beside the id ${shown(id)}.`)
    }
  }
  const { timeScale, spaceFrame, referencePosition, abbreviations } = frameWords
  const said = (part: string | undefined, words: readonly string[]) => {
    const word = abbreviations[part ?? ''] ?? part
    return word !== undefined && words.includes(word) ? word : undefined
  }
  for (const each of at(system, 'TimeFrame', 'TimeScale')) check(each, timeScale, said(scale, timeScale))
  for (const each of at(system, 'SpaceFrame', 'SpaceRefFrame')) check(each, spaceFrame, said(frame, spaceFrame))
  for (const each of ['TimeFrame', 'SpaceFrame'].flatMap((name) => at(system, name, 'ReferencePosition'))) {
    check(each, referencePosition, said(center, referencePosition))
  }
}

/** Peers take C1 for the right ascension and hold the names to these very letters. */
function checkAxes(coords: XmlElement, id: string, warn: Warn): void {
  if (!/-(?:ICRS|FK4|FK5)-/.test(id)) return
  for (const position of children(coords, 'Position2D')) {
    for (const [name, axis] of [
      ['Name1', 'RA'],
      ['Name2', 'Dec'],
    ] as const) {
      for (const element of children(position, name)) {
        const written = trimSpace(element.text)
        if (written !== '' && written !== axis) warn('VOE_AXES', element, `${shown(written)} is not "${axis}".`)
      }
    }
  }
}
