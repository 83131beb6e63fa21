/** How what was done so far is undone, in the order in which it was done. */
export type Undo = (() => Promise<void>)[];

/** Sets something up step by step; if one fails, those before it are undone. `clear` undoes them all. */
export async function inSteps<Result extends object>(
	setUp: (undo: Undo) => Promise<Result>,
): Promise<Result & { clear: () => Promise<void> }> {
	const undo: Undo = [];
	const clear = async () => {
		for (const step of undo.splice(0).reverse()) await step();
	};
	try {
		return { ...(await setUp(undo)), clear };
	} catch (error) {
		await clear();
		throw error;
	}
}
