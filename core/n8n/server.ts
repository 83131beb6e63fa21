/** An n8n that is asked by its public API. */
export interface N8nServer {
	/** Where the editor opens. */
	readonly baseUrl: URL;
	readonly apiKey: string;
	readonly tls:
		{ readonly mode: 'verify-full'; readonly ca?: string } | { readonly mode: 'require' };
}
