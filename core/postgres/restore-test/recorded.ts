import type { PostgresFingerprint } from '../../repository/fingerprint';
import { missingObjects, type ObjectList } from '../object-list';
import { keyOf, type QualifiedName } from '../qualified-name';

/** What a backup recorded, less what a test had to leave out. */
export function withoutLeftOut(
	recorded: PostgresFingerprint,
	leftOut: ObjectList,
): PostgresFingerprint {
	const stays = (kind: string) => {
		const gone = new Set(
			leftOut
				.filter((group) => group.kind === kind)
				.flatMap(({ schema, names }) => names.map((name) => keyOf({ schema, name }))),
		);
		return (one: QualifiedName) => !gone.has(keyOf(one));
	};
	return {
		...recorded,
		tables: recorded.tables.filter(stays('TABLE')),
		sequences: recorded.sequences.filter(stays('SEQUENCE')),
		...(recorded.objects && { objects: missingObjects(recorded.objects, leftOut) }),
	};
}
