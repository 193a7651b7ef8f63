// Who is signed in, for every part of the page.
import { createContext, useContext } from '../vendor/preact.js';

export const Me = createContext(null);
export const useMe = () => useContext(Me);
export const mayWrite = (me) => me?.role_name === 'admin';
