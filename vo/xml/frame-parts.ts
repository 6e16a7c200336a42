/** The parts of TimeFrame and SpaceFrame (VOEvent 2.1 §3.4) in the order of its schema, by their names in the model. */
export const timeFrameParts = { name: 'Name', referencePosition: 'ReferencePosition', timeScale: 'TimeScale' } as const
export const spaceFrameParts = {
  name: 'Name',
  spaceRefFrame: 'SpaceRefFrame',
  coordFlavor: 'CoordFlavor',
  referencePosition: 'ReferencePosition',
} as const
