/** The plot library, which the server serves under this name. */
export { default } from 'uplot';
