import type { IDataObject } from 'n8n-workflow';

import type { OutsideAnswer } from '../core-nodes/stand-ins';

/**
 * Asks the platform as an HTTP Request node does that takes every answer whole. Rejects a request of
 * another kind, and where there is no answer.
 */
export async function askPlatform({
	method,
	url,
	jsonBody,
	options,
}: IDataObject): Promise<OutsideAnswer> {
	const { response: wanted } =
		(options as { response?: { response?: IDataObject } }).response ?? {};
	if (!wanted?.['fullResponse'] || !wanted['neverError']) throw new Error('It takes no refusal.');
	const response = await fetch(String(url), {
		method: String(method),
		...(jsonBody
			? { body: String(jsonBody), headers: { 'content-type': 'application/json' } }
			: {}),
	});
	const text = await response.text();
	const isJson = /json/.test(response.headers.get('content-type') ?? '');
	return {
		...(wanted['responseFormat'] === 'autodetect' && isJson
			? { body: JSON.parse(text) as IDataObject }
			: { data: text }),
		statusCode: response.status,
	};
}
