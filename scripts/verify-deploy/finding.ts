// Owns what a check has to say: which rule is broken, where, and what is the matter.

export interface Finding {
  /** A name that tests and people can refer to. */
  rule: string;
  /** The file, and what in it where that is known: `k8s/30-app.yaml Deployment/ecommerce-app`. */
  where: string;
  message: string;
}

/** The deployment's files by path, read once, so that a test can look at them with a mistake in them. */
export type Files = ReadonlyMap<string, string>;
