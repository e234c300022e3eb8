import { LabIcon } from '@jupyterlab/ui-components';

import restartSvg from '../style/restart.svg';

/** A clock inside an arrow that comes round: the panel, its commands and its settings. */
export const restartIcon = new LabIcon({ name: 'jupyter-restart:icon', svgstr: restartSvg });
