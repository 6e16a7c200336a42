/** One picture of what was asked for: the job of a worker. */
import type { Picture } from '../../bridges/contract.ts'
import { drawCutouts } from './cutouts.ts'
import { lightCurveHeightPx, lightCurveSvg } from './light-curve.ts'
import { widthPx } from './look.ts'
import type { PictureRequest } from './request.ts'
import { svgToPng } from './svg-to-png.ts'

/** Throws PICTURE_NONE where no point of a light curve can be shown. */
export function drawPicture(request: PictureRequest): Picture {
  if (request.kind === 'cutouts') return drawCutouts(request)
  return { mediaType: 'image/png', bytes: svgToPng(lightCurveSvg(request)), widthPx, heightPx: lightCurveHeightPx }
}
