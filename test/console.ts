/** One command of a page and what it prints. */
export interface Example {
  readonly page: string
  readonly line: number
  readonly command: string
  /** With `…` for anything. */
  readonly expected: string
}

/** The examples of a Markdown page: in ```console blocks, each `$ command` with its further lines until quotes close, and its output. */
export function examplesOf(page: string, markdown: string): Example[] {
  const examples: { page: string; line: number; command: string; expected: string[] }[] = []
  let inside = false
  for (const [i, text] of markdown.split('\n').entries()) {
    if (text.startsWith('```')) inside = text === '```console'
    else if (inside && text.startsWith('$ ')) examples.push({ page, line: i + 1, command: text.slice(2), expected: [] })
    else if (inside) {
      const last = examples[examples.length - 1]
      if (isOpen(last.command)) last.command += `\n${text}`
      else last.expected.push(text)
    }
  }
  return examples.map(example => ({ ...example, expected: example.expected.join('\n') }))
}

/** Whether a shell would wait for more: a single quote is open, or the line ends with a backslash. */
const isOpen = (command: string): boolean => (command.match(/'/g)?.length ?? 0) % 2 === 1 || command.endsWith('\\')

/** Whether printed text is what a page promises; blanks at line ends do not count. */
export function fits(printed: string, expected: string): boolean {
  const tidy = (text: string) => text.replace(/[ \t\r]+$/gm, '').trim()
  const pattern = tidy(expected)
    .split('…')
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('[^]*')}$`).test(tidy(printed))
}
