/** An answer other than success, with the code that S3 would give. */
export class S3Error extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		message: string,
		/** Further elements of the XML answer. */
		readonly details: Readonly<Record<string, string>> = {},
	) {
		super(message);
	}
}

export const accessDenied = (why: string) => new S3Error(403, 'AccessDenied', why);
export const invalidRequest = (why: string) => new S3Error(400, 'InvalidRequest', why);
export const noSuchKey = () => new S3Error(404, 'NoSuchKey', 'The key does not exist.');
export const noSuchUpload = () => new S3Error(404, 'NoSuchUpload', 'The upload does not exist.');
