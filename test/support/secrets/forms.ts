/** Ways in which a secret may be written without looking like itself. */
export function formsOf(secret: string): string[] {
	const json = JSON.stringify(secret).slice(1, -1);
	const forms = [
		secret,
		json,
		JSON.stringify(json).slice(1, -1),
		encodeURIComponent(secret),
		Buffer.from(secret).toString('base64'),
		Buffer.from(secret).toString('base64url'),
		Buffer.from(secret).toString('hex'),
		secret.replaceAll("'", "''"),
		secret.replaceAll("'", "'\\''"),
		// As a literal in a statement, where a backslash is in it.
		secret.replaceAll(/[\\']/g, '$&$&'),
		// As in a password file of libpq.
		secret.replaceAll(/[\\:]/g, '\\$&'),
	];
	return [...new Set(forms)];
}

/** The names of the secrets that occur in `text`, in whatever form. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
	return Object.entries(secrets).flatMap(([name, secret]) =>
		formsOf(secret).some((form) => text.includes(form)) ? [name] : [],
	);
}
