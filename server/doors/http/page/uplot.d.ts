/** The plots' library, which the server gives under this name. */
export { default } from 'uplot';
