// Owns what a mutation is: a bug that somebody could write, and the test that must notice it.

export interface Mutation {
  /** What is wrong then, as a sentence without its end. */
  bug: string;
  file: string;
  /** What stands in the file exactly once, and what stands there instead. */
  text: string;
  replacement: string;
  /** The file of tests that fails then. */
  test: string;
  /** Part of the name of a test, where the whole file would take long. */
  named?: string;
}
