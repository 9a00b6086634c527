// Makes tests/golden/faceapi_networks.json and faceapi.json: what face-api itself answers.
//
//     npm install --prefix DIR @vladmandic/face-api@1.7.15 @tensorflow/tfjs@4.22.0 \
//         @tensorflow/tfjs-backend-wasm@4.22.0 @napi-rs/canvas@1.1.1
//     NODE_PATH=DIR/node_modules node tests/golden/make_faceapi.js
//
// The first file has the bare networks on numbers that follow a rule (that of make_networks.py), the
// second what its functions find in pictures of VULTUS_TEST_DATA, which go in as a canvas, as in a
// browser. Nothing of our conversion takes part. Everything is asked for in two ways: in windows and
// rectangles of the networks' own sizes, whose pixels no resizing touches, and in whole pictures and
// aligned faces, which the canvas resizes: smoothly, for what it does by default leaves pixels out.

'use strict';

const { createHash } = require('crypto');
const fs = require('fs');
const path = require('path');
const canvas = require('@napi-rs/canvas');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');

const root = path.resolve(__dirname, '..', '..');
const data = process.env.VULTUS_TEST_DATA || path.join(root, '..', 'shared', 'data');
const models = path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
const mostValues = 256; // of one output; keeps the file small
const smallestFace = 60; // pixels of a face whose points and attributes are asked for
const tinySize = 416;

const pictures = [
  'dlib_faces/2007_007763.jpg', 'dlib_faces/2008_001009.jpg', 'dlib_faces/2008_001322.jpg',
  'dlib_faces/2008_002506.jpg', 'dlib_faces/2009_004587.jpg', 'dlib_faces/bald_guys.jpg',
  'face_recognition/examples/obama.jpg', 'face_recognition/examples/biden.jpg',
];
// Rectangles [x, y, width, height] that need no resizing, some with black beside them.
const chips = [[69, 69, 112, 112], [81, 60, 88, 112], [69, 81, 112, 88]];
const chipPictures = [
  'lfw/lfw-deepfunneled/AJ_Lamas/AJ_Lamas_0001.jpg',
  'lfw/lfw-deepfunneled/Aaron_Guiel/Aaron_Guiel_0001.jpg',
  'lfw/lfw-deepfunneled/Aaron_Tippin/Aaron_Tippin_0001.jpg',
  'lfw/lfw-deepfunneled/Abdullah_Gul/Abdullah_Gul_0013.jpg',
];

// Windows [x, y, width, height] for each detector that need no resizing.
const windows = {
  ssd: [[0, 0, 512, 512], [512, 0, 512, 512], [256, 64, 512, 400]],
  tiny: [[0, 0, 416, 416], [416, 64, 416, 416], [300, 100, 416, 320]],
};
const windowPictures = [
  'wider/images/0--Parade/0_Parade_Parade_0_43.jpg',
  'wider/images/19--Couple/19_Couple_Couple_19_139.jpg',
  'wider/images/19--Couple/19_Couple_Couple_19_349.jpg',
  'wider/images/19--Couple/19_Couple_Couple_19_770.jpg',
  'wider/images/19--Couple/19_Couple_Couple_19_88.jpg',
  'wider/images/20--Family_Group/20_Family_Group_Family_Group_20_1026.jpg',
  'wider/images/20--Family_Group/20_Family_Group_Family_Group_20_277.jpg',
  'wider/images/20--Family_Group/20_Family_Group_Family_Group_20_387.jpg',
  'wider/images/20--Family_Group/20_Family_Group_Family_Group_20_544.jpg',
  'wider/images/20--Family_Group/20_Family_Group_Family_Group_20_696.jpg',
];

const { nets } = faceapi;
const ssdPixels = (v) => (v + 1) * 127.5;
const facePixels = [122.782, 117.001, 104.298].map((mean) => (v) => v * 255 + mean);
const tinyPixels = [117.001, 114.697, 97.404].map((mean) => (v) => v * 255 + mean);

const significant = (v) => Number(v.toPrecision(7));
const rounded = (v, digits = 3) => Number(v.toFixed(digits));
const boxOf = (b) => [b.x, b.y, b.width, b.height].map((v) => rounded(v));

// The numbers of make_networks.py in NCHW order, as the pixels that become them.
function ruleInput(height, width, pixels) {
  const tensor = new Float32Array(3 * height * width);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const byte = Math.imul((c * height + y) * width + x, 2654435761) >>> 24;
        tensor[(y * width + x) * 3 + c] = pixels[c]((byte - 127.5) / 128);
      }
  return faceapi.tf.tensor4d(tensor, [1, height, width, 3]);
}

function output(name, tensor) {
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  let step = Math.max(1, Math.ceil(size / mostValues));
  if (size > mostValues && step % 2 === 0) step++; // so that it does not stay in one column
  const values = Array.from(tensor.dataSync()).filter((_, i) => i % step === 0).map(significant);
  return { name, shape: tensor.shape, step, values };
}

async function networkCases() {
  const cases = [];
  const add = (file, side, outputs) => cases.push({
    pack: 'face-api', file: `faceapi_${file}.onnx`, input: 'input', shape: [1, 3, side, side], outputs });
  const ssd = await nets.ssdMobilenetv1.forward(ruleInput(512, 512, Array(3).fill(ssdPixels)));
  add('ssd', 512, [output('boxes', ssd.boxes[0].expandDims()), output('scores', ssd.scores[0].expandDims())]);
  for (const side of [160, tinySize]) {
    const cells = await nets.tinyFaceDetector.forward(ruleInput(side, side, tinyPixels), side);
    add('tiny', side, [output('cells', cells.transpose([0, 3, 1, 2]))]);
  }
  const face = ruleInput(112, 112, facePixels);
  add('net68', 112, [output('points', nets.faceLandmark68Net.runNet(await faceapi.toNetInput(face)))]);
  const { age, gender } = await nets.ageGenderNet.forward(face);
  add('age_gender', 112, [output('age', age.expandDims(1)), output('gender', gender)]);
  add('expression', 112, [output('expression', await nets.faceExpressionNet.forward(face))]);
  return cases;
}

async function load(name) {
  const file = path.join(data, name);
  const image = await canvas.loadImage(file);
  const drawn = canvas.createCanvas(image.width, image.height);
  drawn.getContext('2d').drawImage(image, 0, 0);
  const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  return { drawn, about: { paths: [`data:${name}`], sha256, width: image.width, height: image.height } };
}

async function attributes(face) {
  const { age, gender, genderProbability } = await nets.ageGenderNet.predictAgeAndGender(face);
  const expression = await nets.faceExpressionNet.predictExpressions(face);
  return {
    age: rounded(age), female: rounded(gender === 'female' ? genderProbability : 1 - genderProbability, 5),
    expression: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgusted', 'surprised']
      .map((name) => rounded(expression[name], 5)),
  };
}

const absolute = (points, x, y) => points.positions.flatMap((p) => [rounded(p.x + x), rounded(p.y + y)]);

// The square of whole pixels around a box, moved into the picture.
function squareOf(box, width, height) {
  const side = Math.min(Math.round(Math.max(box.width, box.height)), width, height);
  const place = (middle, size) => Math.min(Math.max(Math.round(middle - side / 2), 0), size - side);
  return [place(box.x + box.width / 2, width), place(box.y + box.height / 2, height), side, side];
}

async function faceAt(drawn, detection) {
  const square = squareOf(detection.box, drawn.width, drawn.height);
  const [part] = await faceapi.extractFaces(drawn, [new faceapi.Rect(...square)]);
  const points = await nets.faceLandmark68Net.detectLandmarks(part);
  const { width, height } = drawn;
  const place = new faceapi.Rect(square[0] / width, square[1] / height, square[2] / width, square[3] / height);
  const found = faceapi.extendWithFaceLandmarks(
    { detection: new faceapi.FaceDetection(detection.score, place, { width, height }) }, points);
  const [aligned] = await faceapi.extractFaces(drawn, [found.alignedRect]);
  return {
    square, points: absolute(points, square[0], square[1]), aligned: [aligned.width, aligned.height],
    ...await attributes(aligned),
  };
}

const options = {
  ssd: new faceapi.SsdMobilenetv1Options({ minConfidence: 0.5 }),
  tiny: new faceapi.TinyFaceDetectorOptions({ inputSize: tinySize, scoreThreshold: 0.5 }),
};
const list = (found) => found.map((each) => ({ box: boxOf(each.box), score: rounded(each.score, 5) }));

async function scene(name) {
  const { drawn, about } = await load(name);
  const ssd = await faceapi.detectAllFaces(drawn, options.ssd);
  const tiny = await faceapi.detectAllFaces(drawn, options.tiny);
  const faces = [];
  for (const each of ssd.filter((d) => d.box.height >= smallestFace)) faces.push(await faceAt(drawn, each));
  return { ...about, ssd: list(ssd), tiny: list(tiny), faces };
}

async function windowScene(name) {
  const { drawn, about } = await load(name);
  const found = [];
  for (const [detector, places] of Object.entries(windows))
    for (const window of places) {
      const [part] = await faceapi.extractFaces(drawn, [new faceapi.Rect(...window)]);
      found.push({ window, [detector]: list(await faceapi.detectAllFaces(part, options[detector])) });
    }
  return { ...about, windows: found };
}

async function chipScene(name) {
  const { drawn, about } = await load(name);
  const found = [];
  for (const rectangle of chips) {
    const [part] = await faceapi.extractFaces(drawn, [new faceapi.Rect(...rectangle)]);
    const points = absolute(await nets.faceLandmark68Net.detectLandmarks(part), rectangle[0], rectangle[1]);
    const square = rectangle[2] === rectangle[3];
    found.push({ rectangle, ...(square ? { points } : {}), ...await attributes(part) });
  }
  return { ...about, chips: found };
}

function smooth() {
  const context = Object.getPrototypeOf(canvas.createCanvas(1, 1).getContext('2d'));
  const { drawImage } = context;
  context.drawImage = function draw(...rest) {
    this.imageSmoothingQuality = 'medium';
    return drawImage.apply(this, rest);
  };
}

function write(name, object) {
  // one line for each entry of the lists at the top
  const text = Object.entries(object).map(([key, value]) => `  ${JSON.stringify(key)}: ` + (Array.isArray(value)
    ? `[\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]` : JSON.stringify(value)));
  fs.writeFileSync(path.join(__dirname, name), `{\n${text.join(',\n')}\n}\n`);
}

async function main() {
  const { tf } = faceapi;
  smooth();
  await tf.setBackend('wasm');
  await tf.ready();
  faceapi.env.monkeyPatch({
    Canvas: canvas.CanvasElement || canvas.Canvas, Image: canvas.Image, ImageData: canvas.ImageData,
    createCanvasElement: () => canvas.createCanvas(1, 1), createImageElement: () => new canvas.Image(),
  });
  for (const net of ['ssdMobilenetv1', 'tinyFaceDetector', 'faceLandmark68Net', 'ageGenderNet', 'faceExpressionNet'])
    await nets[net].loadFromDisk(models);
  const made = ['@vladmandic/face-api', '@tensorflow/tfjs', '@napi-rs/canvas']
    .map((name) => `${name} ${require(`${name}/package.json`).version}`).join(', ');
  write('faceapi_networks.json', { made_with: made, tolerance: 5e-5, cases: await networkCases() });
  const scenes = [];
  for (const name of pictures) scenes.push(await scene(name));
  const cut = [], seen = [];
  for (const name of windowPictures) seen.push(await windowScene(name));
  for (const name of chipPictures) cut.push(await chipScene(name));
  write('faceapi.json', { made_with: made, tiny_size: tinySize, pictures: scenes, windows: seen, chips: cut });
}

main();
