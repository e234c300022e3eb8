/**
 * What apps print. Each holds its file open itself, so nothing stands between an app and its log: the service puts the
 * beginning aside as {@code APP.log.OFFSET.gz} and punches a hole where it was. Offsets stay what they are for ever.
 */
package org.jupyterrestart.output;
