// Pictures that the reader gives: upright, of a size that is worth sending, and pieces of them.

const QUALITY = 0.92;
const SENT_AS_IT_IS = new Set(["image/jpeg", "image/png", "image/webp"]);

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
}

const toBlob = (canvas, quality = QUALITY) =>
  new Promise((done, fail) => {
    canvas.toBlob((data) => (data ? done(data) : fail(new DOMException("no picture"))), "image/jpeg", quality);
  });

// {bitmap, data}: what to show and what to send; at most `side` pixels long where `side` is given.
export async function prepare(file, side) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = side ? Math.min(1, side / Math.max(bitmap.width, bitmap.height)) : 1;
  if (scale === 1 && SENT_AS_IT_IS.has(file.type)) return { bitmap, data: file };
  const canvas = canvasOf(bitmap.width * scale, bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return { bitmap: canvas, data: await toBlob(canvas) };
}

// What is around a box: `more` times its longer side on each side.
export function crop(source, box, more, size) {
  const [wide, high] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
  const side = Math.max(box.width, box.height) * (1 + 2 * more);
  const [x, y] = [box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2];
  const left = Math.max(0, x), top = Math.max(0, y);
  const width = Math.min(wide, x + side) - left, height = Math.min(high, y + side) - top;
  const scale = size ? size / side : 1;
  const canvas = canvasOf(width * scale, height * scale);
  canvas.getContext("2d").drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export const cropBlob = (source, box, more) => toBlob(crop(source, box, more), 0.95);

// A frame of a video, at most `wide` pixels wide.
export async function frameOf(video, wide, quality) {
  const scale = Math.min(1, wide / video.videoWidth);
  const canvas = canvasOf(video.videoWidth * scale, video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return { canvas, data: await toBlob(canvas, quality) };
}

export function thumb(source, box, alt) {
  const canvas = crop(source, box, 0.35, 160);
  if (alt) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", alt);
  } else canvas.setAttribute("aria-hidden", "true");
  const place = document.createElement("div");
  place.className = "portrait";
  place.append(canvas);
  return place;
}
