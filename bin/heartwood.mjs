#!/usr/bin/env node
// Runs the command line on a Node that can: the running one, or the one that npm installed beside us.
// Plain JavaScript that the oldest supported Node reads.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'src/cli/main.ts')
// a published package has no TypeScript
const main = existsSync(source) ? source : join(root, 'src/cli/main.js')
const [major, minor] = process.versions.node.split('.').map(Number)
const fit = main === source ? major > 22 || (major === 22 && minor >= 18) : major > 22 || (major === 22 && minor >= 15)

if (fit) {
  // stripped types and compiled code are kept: 0.25 s until a command begins instead of 0.7
  module.enableCompileCache?.(join(root, 'node_modules/.cache/heartwood'))
  await import(main)
} else {
  let node
  try {
    node = join(dirname(createRequire(join(root, 'package.json')).resolve('node/package.json')), 'bin/node')
  } catch {
    console.error(
      `heartwood needs Node 22.18 or newer, and this is ${process.versions.node}; npm ci in ${root} brings one`,
    )
    process.exit(4)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
