import { writeFile } from 'node:fs/promises';

/** Write a notebook with these cells of code, for the kernel that each environment has. */
export async function writeNotebook(file: string, cells: readonly string[]): Promise<void> {
  const notebook = {
    cells: cells.map((source, index) => ({
      id: `cell-${index}`,
      cell_type: 'code',
      execution_count: null,
      metadata: {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
  await writeFile(file, JSON.stringify(notebook));
}
