// SPDX-License-Identifier: GPL-2.0-or-later
// read_speedscope.mjs FOLDER FILE: what speedscope makes of FILE, as JSON. FOLDER is dist/release of its npm
// package, a web page: its code is run without the page, up to where it would draw, and its importer is called.
import fs from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'

const [folder, file] = process.argv.slice(2)
const script = fs.readdirSync(folder).find(name => /^speedscope-.*\.js$/.test(name))
const text = fs.readFileSync(path.join(folder, script), 'utf8')
const importer = text.match(/loadFileFromBase64:\(\w+,\w+\)=>\{this\.loadProfile\(\(\)=>([\w$]+)\(/)
const drawing = text.lastIndexOf('console.log(`speedscope v')
if (!importer || drawing < 0) {
  console.log('SKIPPED: this version of speedscope is built in another way')
  process.exit(77)
}

// Stands for whatever of a browser is touched on the way.
const anything = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : anything),
  apply: () => anything,
  construct: () => anything,
  set: () => true,
})
const globals = {
  console: { log() {}, warn() {}, error() {}, assert() {} },
  TextDecoder, TextEncoder, URL, Blob, setTimeout, clearTimeout, performance, atob, btoa, WebAssembly,
  document: anything, localStorage: anything, FileReader: anything, fetch: anything,
  navigator: { userAgent: '', platform: '' },
  location: { hash: '', protocol: 'https:' },
  requestAnimationFrame: () => 0,
}
globals.globalThis = globals
globals.self = globals
// Anything else must be missing: libraries ask window which of their kind there are.
for (const name of ['addEventListener', 'removeEventListener', 'matchMedia', 'history']) globals[name] = anything
globals.window = new Proxy({}, {
  get: (_, key) => globals[key],
  set: (_, key, value) => ((globals[key] = value), true),
})
vm.createContext(globals)
vm.runInContext(`${text.slice(0, drawing)}globalThis.importFile=${importer[1]};})();`, globals)

const group = await globals.importFile(path.basename(file), fs.readFileSync(file).toString('base64'))
const profiles = (group?.profiles ?? []).map(profile => {
  const frames = []
  profile.forEachFrame(frame => frames.push({ name: frame.name, self: frame.getSelfWeight() }))
  return { name: profile.getName(), unit: profile.getWeightUnit(), total: profile.getTotalWeight(), frames }
})
console.log(JSON.stringify(profiles))
