// Copies what the inspector serves from node_modules into dist, where the Go
// build embeds it. Source maps and bundles for other loaders stay behind.
import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename } from 'node:path'

const into = (folder, ...files) => {
  mkdirSync(folder, { recursive: true })
  for (const file of files) copyFileSync(file, `${folder}/${basename(file)}`)
}

into('dist/player', 'node_modules/rrweb-player/umd/rrweb-player.min.js', 'node_modules/rrweb-player/dist/style.min.css')

const posthog = 'node_modules/posthog-js/dist'
const loadedByPage = (file) => file.endsWith('.js') && !/^(module|main|rrweb|all-|array\.(full|no))/.test(file)
into('dist/static', ...readdirSync(posthog).filter(loadedByPage).map((file) => `${posthog}/${file}`).filter((file) => statSync(file).isFile()))
