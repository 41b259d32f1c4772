import { DOCS, pagesOf, testPages } from './doc-pages.ts'

testPages(pagesOf(DOCS))
