declare module '*.svg' {
  /** The file's text: JupyterLab's builder gives it so. */
  const text: string;
  export default text;
}
