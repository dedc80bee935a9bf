// Owns what a customer is.

export interface Customer {
  id: string;
  /** The identity's UUID, see `Identity.userId`. */
  userId: string;
  issuer: string;
  subject: string;
  name: string;
  /** Empty when not known. */
  email: string;
  /** E.164, empty when not known. */
  phoneNumber: string;
  address: string;
  createdAt: Date;
  updatedAt: Date;
}
