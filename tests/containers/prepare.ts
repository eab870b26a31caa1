import { ENGINE_ABSENCE } from '../support/docker_engine';
import { requireFreeNames } from '../support/docker_free_names';
import { removeLeftovers } from '../support/docker_leftovers';
import { ComposeProject } from '../support/docker_project';

/**
 * Before the tests in containers: removes what a killed run of them has left, looks whether anything is in the way of them
 * and makes the images. What is wrong then is told once, and not by each test.
 *
 * @throws Error that names what is in the way, or why the images cannot be made
 */
export default async function prepare(): Promise<void> {
  if (ENGINE_ABSENCE !== undefined) return;
  await removeLeftovers();
  await requireFreeNames();
  try {
    await ComposeProject.ofCommittedFile().build();
  } finally {
    await ComposeProject.removeAll();
  }
}
