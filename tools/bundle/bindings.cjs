/**
 * Stands in a bundle for the package `bindings`, by which better-sqlite3 looks for its native code in a dozen places,
 * beginning at the file that asks: npm puts it here.
 */
'use strict';

module.exports = () => require('better-sqlite3/build/Release/better_sqlite3.node');
