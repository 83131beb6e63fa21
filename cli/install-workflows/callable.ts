import { callsOf, type Workflow } from './workflow';

/** A workflow in an n8n, as far as calling it goes. */
interface Called {
	readonly id: string;
	readonly name: string;
	readonly active: boolean;
}

/** Which workflows of an n8n others can call: n8n runs a sub-workflow only when it is published. */
export class Callable {
	private readonly before: ReadonlyMap<string, Called>;
	private readonly now: Map<string, Called>;

	constructor(present: readonly Called[]) {
		this.before = new Map(present.map((workflow) => [workflow.id, workflow]));
		this.now = new Map(this.before);
	}

	/** From now on what is said here holds. */
	note(workflow: Called): void {
		this.now.set(workflow.id, workflow);
	}

	exists(id: string): boolean {
		return this.now.has(id);
	}

	/** Names, or else ids, of what this workflow calls in vain. */
	missingFor(workflow: Workflow): string[] {
		return callsOf(workflow)
			.filter((id) => !this.now.get(id)?.active)
			.map((id) => this.now.get(id)?.name ?? id);
	}

	/** Whether it called something in vain when this began. */
	wasMissingFor(workflow: Workflow): boolean {
		return callsOf(workflow).some((id) => !this.before.get(id)?.active);
	}
}
